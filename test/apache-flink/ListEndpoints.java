/**
 * Says what endpoints a cluster of Apache Flink has, one a line: method, path, status of an answer, names of query parameters.
 * Read from the same classes from which Flink makes its published OpenAPI document.
 */
import java.lang.reflect.Modifier;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.apache.flink.runtime.rest.handler.RestHandlerSpecification;
import org.apache.flink.runtime.rest.messages.MessageHeaders;
import org.apache.flink.runtime.rest.messages.UntypedResponseMessageHeaders;
import org.apache.flink.runtime.rest.messages.MessageParameters;
import org.apache.flink.runtime.rest.messages.MessageQueryParameter;

public class ListEndpoints {
    public static void main(String[] args) throws Exception {
        TreeSet<String> lines = new TreeSet<>();
        try (JarFile jar = new JarFile(args[0])) {
            for (String name : jar.stream().map(entry -> entry.getName()).collect(Collectors.toList())) {
                if (name.startsWith("org/apache/flink/runtime/") && name.endsWith("Headers.class")) describe(name, lines);
            }
        }
        lines.forEach(System.out::println);
    }

    private static void describe(String name, TreeSet<String> lines) throws Exception {
        Class<?> type = Class.forName(name.replace('/', '.').substring(0, name.length() - ".class".length()), false, ListEndpoints.class.getClassLoader());
        if (!RestHandlerSpecification.class.isAssignableFrom(type) || Modifier.isAbstract(type.getModifiers()) || type.isInterface()) return;
        RestHandlerSpecification headers = instanceOf(type);
        if (headers == null) return;
        String status = headers instanceof MessageHeaders ? String.valueOf(((MessageHeaders<?, ?, ?>) headers).getResponseStatusCode().code()) : "200";
        String query = "";
        if (headers instanceof UntypedResponseMessageHeaders) {
            MessageParameters parameters = ((UntypedResponseMessageHeaders<?, ?>) headers).getUnresolvedMessageParameters();
            query = parameters.getQueryParameters().stream().map(MessageQueryParameter::getKey).sorted().collect(Collectors.joining(","));
        } else if (headers instanceof MessageHeaders) {
            MessageParameters parameters = ((MessageHeaders<?, ?, ?>) headers).getUnresolvedMessageParameters();
            query = parameters.getQueryParameters().stream().map(MessageQueryParameter::getKey).sorted().collect(Collectors.joining(","));
        }
        lines.add(headers.getHttpMethod() + " " + headers.getTargetRestEndpointURL() + " " + status + " " + query);
    }

    /** They are singletons, some behind a method and some behind a field. */
    private static RestHandlerSpecification instanceOf(Class<?> type) throws Exception {
        for (java.lang.reflect.Method method : type.getMethods()) {
            if (method.getName().equals("getInstance") && method.getParameterCount() == 0) return (RestHandlerSpecification) method.invoke(null);
        }
        for (java.lang.reflect.Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) || !type.isAssignableFrom(field.getType())) continue;
            field.setAccessible(true);
            return (RestHandlerSpecification) field.get(null);
        }
        return null;
    }
}
