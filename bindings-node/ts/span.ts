// The span of an execution as a function is given it: OpenTelemetry's own, or one that nobody records (SPEC §10, §13).

/** A span: OpenTelemetry's interface, without its types, which a program need not have. */
export interface ExecutionSpan {
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  setAttribute(key: string, value: any): this;
  setAttributes(attributes: Record<string, any>): this;
  addEvent(name: string, attributesOrTime?: any, time?: any): this;
  addLink(link: any): this;
  addLinks(links: any[]): this;
  setStatus(status: { code: number; message?: string }): this;
  updateName(name: string): this;
  recordException(exception: any, time?: any): void;
  isRecording(): boolean;
  end(time?: any): void;
}

/** Where nobody records. */
export const silent: ExecutionSpan = Object.freeze({
  spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }),
  setAttribute: () => silent,
  setAttributes: () => silent,
  addEvent: () => silent,
  addLink: () => silent,
  addLinks: () => silent,
  setStatus: () => silent,
  updateName: () => silent,
  recordException: () => {},
  isRecording: () => false,
  end: () => {},
} as ExecutionSpan);
