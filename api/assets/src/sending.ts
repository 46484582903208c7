// One file on its way: by tus, which goes on after a dropped line, a closed tab or a restart.
import { Upload, type DetailedError, type HttpResponse, type PreviousUpload, type UploadOptions } from "tus-js-client";
import { why } from "./answers";

const ENDPOINT = "/api/v1/uploads";
const PAUSES_MS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 30000, 30000, 60000, 60000];

export interface Sent {
  callId: string;
  isSame: boolean;
}

// Who is told how it goes; `name` is a phrase's.
export interface Listener {
  onProgress(sent: number, all: number): void;
  onTrouble(name: string): void;
  onFailed(name: string, why: string, isFinal?: boolean): void;
  onDone(sent: Sent): void;
  onBegun(): void;
}

// The same file of the same user is known again when it is chosen again.
function fingerprint(user: string): (file: File) => Promise<string> {
  return (file) => Promise.resolve(["talktrack", user, file.name, file.type, file.size, file.lastModified].join("-"));
}

// What was sent of a file before, if it was broken off.
export async function earlier(file: File, user: string): Promise<PreviousUpload | null> {
  const found = await new Upload(file, { endpoint: ENDPOINT, fingerprint: fingerprint(user) }).findPreviousUploads();
  found.sort((one, other) => Date.parse(other.creationTime) - Date.parse(one.creationTime));
  return found[0] ?? null;
}

export class Sending {
  private upload: Upload | null = null;
  private readonly online = (): void => this.upload?.start();

  constructor(
    private readonly file: File,
    private readonly user: string,
    private readonly call: string,
    private readonly listener: Listener,
    private readonly before: PreviousUpload | null = null,
  ) {}

  get id(): string {
    return this.upload?.url?.split("/").pop() ?? "";
  }

  start(again = false): void {
    if (!this.upload || again) {
      this.upload = new Upload(this.file, this.options(again));
      if (this.before && !again) this.upload.resumeFromPreviousUpload(this.before);
    }
    this.upload.start();
  }

  async pause(): Promise<void> {
    window.removeEventListener("online", this.online);
    await this.upload?.abort();
  }

  // Let go of it, with what came of it.
  async giveUp(): Promise<void> {
    window.removeEventListener("online", this.online);
    await this.upload?.abort(true).catch(() => undefined); // what is left there ends by itself
  }

  private options(again: boolean): UploadOptions {
    const metadata = { filename: this.file.name, filetype: this.file.type || "application/octet-stream", call: this.call };
    return {
      endpoint: ENDPOINT,
      fingerprint: fingerprint(this.user),
      metadata: again ? { ...metadata, again: "true" } : metadata,
      retryDelays: PAUSES_MS,
      removeFingerprintOnSuccess: true,
      onProgress: (sent, all) => this.listener.onProgress(sent, all),
      onShouldRetry: (error) => this.isWorthTrying(error),
      onUploadUrlAvailable: () => this.listener.onBegun(),
      onError: (error) => this.failed(error),
      onSuccess: ({ lastResponse }) => this.done(lastResponse),
    };
  }

  private isWorthTrying(error: DetailedError): boolean {
    const status = error.originalResponse?.getStatus() ?? 0;
    const isWorth = navigator.onLine && (status < 400 || status >= 500 || [408, 409, 423].includes(status));
    if (isWorth && status === 0) this.listener.onTrouble("retrying");
    return isWorth;
  }

  private failed(error: Error | DetailedError): void {
    const answer = "originalResponse" in error ? error.originalResponse : null;
    if (!answer && !navigator.onLine) {
      this.listener.onTrouble("offline");
      window.addEventListener("online", this.online, { once: true });
    } else if (!answer) {
      this.listener.onFailed("unreachable", "");
    } else if (answer.getStatus() === 401) {
      this.listener.onFailed("signIn", "");
    } else {
      const said = why(answer.getBody(), answer.getHeader("content-type") ?? "", error.message);
      this.listener.onFailed("failed", said, answer.getStatus() < 500);
    }
  }

  private done(answer: HttpResponse): void {
    const callId = answer.getHeader("X-Call-Id") ?? "";
    this.listener.onDone({ callId, isSame: Boolean(answer.getHeader("X-Same-As")) });
  }
}

interface Results {
  items: { call: { id: string }; same_as: string | null }[];
}

// Transcripts are small: they go in one request.
export async function sendTranscript(file: File, call: string, again: boolean, listener: Listener): Promise<void> {
  const form = new FormData();
  form.append("call", call);
  form.append("files", file);
  try {
    const answer = await fetch(`/api/v1/transcripts?again=${again}`, { method: "POST", body: form });
    if (answer.ok) {
      const [one] = ((await answer.json()) as Results).items;
      listener.onDone({ callId: one!.call.id, isSame: one!.same_as !== null });
    } else if (answer.status === 401) {
      listener.onFailed("signIn", "");
    } else {
      const kind = answer.headers.get("content-type") ?? "";
      listener.onFailed("failed", why(await answer.text(), kind, answer.statusText), answer.status < 500);
    }
  } catch {
    listener.onFailed("unreachable", "");
  }
}
