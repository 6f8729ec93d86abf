import type { ModelAnnouncement } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';

/** While the model in force is pinned, the trainer publishes nothing. It goes on training, so it can publish again after the pin. */
export class Pin {
  private pinnedVersion: string | null = null;
  private hasHeldBack = false;

  constructor(private readonly observer: Observer) {}

  /** Takes the pin from an announcement that is newer than all before, and logs a change. */
  follow({ version, release }: ModelAnnouncement): void {
    const before = this.pinnedVersion;
    const isPinned = release?.pinned ?? false;
    this.pinnedVersion = isPinned ? version : null;
    if (isPinned === (before !== null)) return;
    this.hasHeldBack = false;
    const message = isPinned
      ? `model ${version} is pinned: the trainer publishes nothing until clv-stream model unpin`
      : `model ${version} is no longer pinned: the trainer publishes again`;
    this.observer.notice('info', message, { by: release?.by ?? '', reason: release?.reason ?? '' });
  }

  /** True if this release must not be published. The first one of a pin is logged. */
  holdsBack(version: string): boolean {
    if (this.pinnedVersion === null) return false;
    if (!this.hasHeldBack) {
      const message = `model ${version} is held back, and so is every later one, because ${this.pinnedVersion} is pinned`;
      this.observer.notice('info', message, { next: 'clv-stream model unpin' });
    }
    this.hasHeldBack = true;
    return true;
  }
}
