import { describe, expect, it } from 'vitest';
import { ClassRegistry, registerClass, registeredClasses, withClassRegistry } from '../../../src/core/serialization/class-registry.js';

class Order {}
class OtherOrder {}

describe('a registry of classes', () => {
  it('knows a class by its name and a prototype by its class', () => {
    const classes = new ClassRegistry();
    classes.register('Order', Order);
    expect([classes.nameOf(Order.prototype), classes.prototypeOf('Order')]).toEqual(['Order', Order.prototype]);
    expect([classes.nameOf(OtherOrder.prototype), classes.prototypeOf('Other')]).toEqual([undefined, undefined]);
  });

  it('takes the class registered last under a name, and remembers the names of the others', () => {
    const classes = new ClassRegistry();
    classes.register('Order', Order);
    classes.register('Order', OtherOrder);
    expect([classes.nameOf(Order.prototype), classes.prototypeOf('Order')]).toEqual(['Order', OtherOrder.prototype]);
  });

  it('takes its own class before that of its parent, which knows both', () => {
    const thread = new ClassRegistry();
    const slots = [new ClassRegistry(thread), new ClassRegistry(thread)] as const;
    slots[0].register('Order', Order);
    slots[1].register('Order', OtherOrder);
    expect(slots.map((slot) => slot.prototypeOf('Order'))).toEqual([Order.prototype, OtherOrder.prototype]);
    expect(slots.map((slot) => slot.nameOf(OtherOrder.prototype))).toEqual(['Order', 'Order']);
  });

  it('refuses classes whose data is not in fields', () => {
    expect(() => new ClassRegistry().register('Bag', class Bag extends Set {})).toThrow('must keep its data in fields, but Bag extends Set');
  });

  it('is the one in scope when a program registers a class, also later', async () => {
    const own = new ClassRegistry();
    await withClassRegistry(own, async () => {
      await Promise.resolve();
      registerClass('test/ScopedOrder', Order);
    });
    registerClass('test/ThreadOrder', OtherOrder);
    expect(own.prototypeOf('test/ScopedOrder')).toBe(Order.prototype);
    expect(registeredClasses.prototypeOf('test/ScopedOrder')).toBeUndefined();
    expect(registeredClasses.prototypeOf('test/ThreadOrder')).toBe(OtherOrder.prototype);
  });
});
