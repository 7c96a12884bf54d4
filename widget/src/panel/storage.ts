/** localStorage of the iframe, or plain memory where the browser forbids it; every key starts with "firstline.". */

const PREFIX = "firstline.";

export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
  /** Calls back when another tab changed something. */
  watch(changed: (key: string) => void): void;
}

export class MemoryStore implements Store {
  private readonly values = new Map<string, string>();

  get(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  set(key: string, value: string): void {
    this.values.set(key, value);
  }
  remove(key: string): void {
    this.values.delete(key);
  }
  keys(): string[] {
    return [...this.values.keys()];
  }
  watch(): void {}
}

class BrowserStore implements Store {
  get(key: string): string | null {
    return localStorage.getItem(PREFIX + key);
  }
  set(key: string, value: string): void {
    localStorage.setItem(PREFIX + key, value);
  }
  remove(key: string): void {
    localStorage.removeItem(PREFIX + key);
  }
  keys(): string[] {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
  }
  watch(changed: (key: string) => void): void {
    addEventListener("storage", ({ key }) => {
      if (key?.startsWith(PREFIX)) changed(key.slice(PREFIX.length));
    });
  }
}

export function openStore(): Store {
  try {
    const store = new BrowserStore();
    store.set("probe", "1");
    store.remove("probe");
    return store;
  } catch {
    return new MemoryStore();
  }
}
