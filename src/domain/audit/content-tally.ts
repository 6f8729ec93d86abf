import type { AuditFinding, ContentVerdict } from './audit';

/** Maximum number of findings kept per kind and field. */
const KEPT_FINDINGS = 10;

/** Counts the faults of contents, with the first offending records. */
export class ContentTally {
  private readonly findings: AuditFinding[] = [];
  private readonly kept = new Map<string, number>();
  private readonly unknownModels = new Set<string>();
  private readonly counts = { contradicted: 0, foreign: 0, lost: 0, unexpected: 0 };
  refolded = 0;
  setAside = 0;
  rescored = 0;
  unscorable = 0;

  find(finding: AuditFinding & { readonly fault: 'contradicted' | 'foreign' | 'lost' | 'unexpected' }): void {
    this.counts[finding.fault] += 1;
    const kind = `${finding.fault} ${finding.field}`;
    const kept = this.kept.get(kind) ?? 0;
    this.kept.set(kind, kept + 1);
    if (kept < KEPT_FINDINGS) this.findings.push(finding);
  }

  addUnknownModel(version: string): void {
    this.unknownModels.add(version);
  }

  verdict(): ContentVerdict {
    const { refolded, setAside, rescored, unscorable, findings } = this;
    return {
      ...this.counts,
      refolded,
      setAside,
      rescored,
      unscorable,
      unknownModels: [...this.unknownModels],
      findings,
    };
  }
}
