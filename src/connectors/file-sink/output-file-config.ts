/**
 * What part files are called: `<prefix>-<id>-<n><suffix>` (Flink: `OutputFileConfig`).
 */

export class OutputFileConfig {
  constructor(readonly partPrefix = 'part', readonly partSuffix = '') {}

  /** `OutputFileConfig.builder().withPartPrefix('log').withPartSuffix('.txt').build()`. */
  static builder(): OutputFileConfigBuilder {
    return new OutputFileConfigBuilder(new OutputFileConfig());
  }

  getPartPrefix(): string {
    return this.partPrefix;
  }
  getPartSuffix(): string {
    return this.partSuffix;
  }
}

/** Each call gives a builder of its own. */
export class OutputFileConfigBuilder {
  constructor(private readonly config: OutputFileConfig) {}

  withPartPrefix(prefix: string): OutputFileConfigBuilder {
    return new OutputFileConfigBuilder(new OutputFileConfig(prefix, this.config.partSuffix));
  }
  withPartSuffix(suffix: string): OutputFileConfigBuilder {
    return new OutputFileConfigBuilder(new OutputFileConfig(this.config.partPrefix, suffix));
  }
  build(): OutputFileConfig {
    return this.config;
  }
}
