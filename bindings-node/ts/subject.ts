// Subjects: the identity of a workflow execution, carried in every event of it (SPEC §6).

import { ArvoSubjectError } from './error.js';
import { native } from './native.js';
import { answered, ascii, stringify } from './text.js';
import type { ArvoSemanticVersion } from './types.js';

/** What a subject holds. */
export type ArvoOrchestrationSubjectContent = {
  orchestrator: { name: string; version: ArvoSemanticVersion };
  execution: { id: string; initiator: string; domain: string | null };
  meta: Record<string, string>;
};

/**
 * Makes and reads subjects.
 *
 * @example
 * ```ts
 * import { ArvoOrchestrationSubject } from 'arvo';
 *
 * const subject = ArvoOrchestrationSubject.new({ orchestator: 'arvo.orc.order', version: '1.0.0', initiator: 'com.shop.web' });
 * ArvoOrchestrationSubject.parse(subject).orchestrator; // => { name: "arvo.orc.order", version: "1.0.0" }
 * const child = ArvoOrchestrationSubject.from({ orchestator: 'arvo.orc.shipment', version: '1.0.0', subject });
 * ArvoOrchestrationSubject.parse(child).execution.initiator; // => "arvo.orc.order"
 * ArvoOrchestrationSubject.isValid('order/1'); // => false
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: the reference's name and shape
export class ArvoOrchestrationSubject {
  /**
   * The subject of a new workflow. (`orchestator` is the reference's spelling.)
   *
   * @throws {ArvoSubjectError} names every broken field.
   */
  static new(param: {
    orchestator: string;
    version: ArvoSemanticVersion | null;
    initiator: string;
    domain?: string | null;
    meta?: Record<string, string>;
  }): string {
    return text(native.newSubject(stringify(param, refused)));
  }

  /**
   * The subject of a workflow that the workflow of `subject` begins.
   *
   * @throws {ArvoSubjectError} names every broken field, or says why `subject` can't be read.
   */
  static from(param: {
    orchestator: string;
    version: ArvoSemanticVersion | null;
    subject: string;
    domain?: string | null;
    meta?: Record<string, string>;
  }): string {
    return text(native.subjectFrom(stringify(param, refused)));
  }

  /**
   * The subject of given content.
   *
   * @throws {ArvoSubjectError} names every broken field.
   */
  static create(param: ArvoOrchestrationSubjectContent): string {
    return text(native.createSubject(stringify(param, refused)));
  }

  /**
   * What a subject holds.
   *
   * @throws {ArvoSubjectError} when it is no subject, or inflates beyond the limit.
   */
  static parse(subject: string): ArvoOrchestrationSubjectContent {
    return JSON.parse(answered(native.parseSubject(subject)));
  }

  /** Whether a text is a subject. */
  static isValid(data: string): boolean {
    return native.isSubject(data);
  }
}

function refused(reason: string): ArvoSubjectError {
  return new ArvoSubjectError(`the content of the subject ${reason}`);
}

function text(answer: string): string {
  return ascii.undo(answered(answer));
}
