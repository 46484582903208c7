// A recording as it is made: the microphone, its pieces on the way to the browser's database.
import { keep, type Kept } from "./kept";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const PIECE_MS = 2000;

export const canRecord = (): boolean => typeof MediaRecorder !== "undefined" && "indexedDB" in window;

export class Recording {
  readonly kept: Kept;
  private readonly recorder: MediaRecorder;
  private readonly sound = new AudioContext();
  private readonly analyser = this.sound.createAnalyser();
  private readonly samples = new Float32Array(1024);
  private since = performance.now();
  private before = 0;
  private number = 0;
  private writing: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  private constructor(
    user: string,
    private readonly stream: MediaStream,
    private readonly onTrouble: () => void,
  ) {
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    this.recorder = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 64_000 } : {});
    this.kept = { id: crypto.randomUUID(), user, startedAt: Date.now(), seconds: 0, type: this.recorder.mimeType || type };
    this.sound.createMediaStreamSource(stream).connect(this.analyser);
    this.analyser.fftSize = this.samples.length;
    this.recorder.addEventListener("dataavailable", (event) => this.write(event.data));
    // Other tabs see by the lock that it is being made, and is none that a crash left.
    void navigator.locks?.request(lockOf(this.kept.id), () => new Promise<void>((resolve) => (this.release = resolve)));
    void navigator.storage?.persist?.();
    this.recorder.start(PIECE_MS);
  }

  // Ask for the microphone and begin. Rejects when it is not given.
  static async begin(user: string, microphone: string, onTrouble: () => void): Promise<Recording> {
    const audio = { ...(microphone ? { deviceId: { exact: microphone } } : {}), echoCancellation: false, noiseSuppression: false };
    return new Recording(user, await navigator.mediaDevices.getUserMedia({ audio }), onTrouble);
  }

  get seconds(): number {
    const now = this.recorder.state === "recording" ? performance.now() - this.since : 0;
    return this.before + now / 1000;
  }

  // How loud it is just now, 0 to 1, as an ear hears it.
  get level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, one) => sum + one * one, 0) / this.samples.length;
    return Math.min(1, Math.max(0, 1 + (10 * Math.log10(power + 1e-9)) / 60));
  }

  pause(): void {
    this.before = this.seconds;
    this.recorder.pause();
    this.recorder.requestData();
  }

  resume(): void {
    this.since = performance.now();
    this.recorder.resume();
  }

  // End it; what was recorded is all kept then.
  async stop(): Promise<Kept> {
    this.before = this.seconds;
    const stopped = new Promise((resolve) => this.recorder.addEventListener("stop", resolve, { once: true }));
    if (this.recorder.state !== "inactive") {
      this.recorder.stop();
      await stopped;
    }
    await this.writing;
    for (const track of this.stream.getTracks()) track.stop();
    await this.sound.close();
    this.release();
    return this.kept;
  }

  private write(bytes: Blob): void {
    if (bytes.size === 0) return;
    this.kept.seconds = this.seconds;
    const number = this.number++;
    this.writing = this.writing.then(() => keep({ ...this.kept }, number, bytes)).catch(() => this.onTrouble());
  }
}

const lockOf = (id: string): string => `talktrack-recording-${id}`;

// Whether a recording is being made now, in whichever tab.
export async function isBeingMade(id: string): Promise<boolean> {
  const locks = await navigator.locks?.query();
  return (locks?.held ?? []).some((one) => one.name === lockOf(id));
}
