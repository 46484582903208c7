// Recordings that were not sent yet, kept piece by piece in the browser's own database.
export interface Kept {
  id: string;
  user: string;
  startedAt: number;
  seconds: number;
  type: string;
}

interface Piece {
  recording: string;
  number: number;
  bytes: Blob;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("talktrack-recordings", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("recordings", { keyPath: "id" });
      asked.result.createObjectStore("pieces", { keyPath: ["recording", "number"] });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"));
  });
}

async function within<T>(mode: IDBTransactionMode, work: (stores: IDBTransaction) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(["recordings", "pieces"], mode);
      const asked = work(transaction);
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB"));
    });
  } finally {
    database.close();
  }
}

const piecesOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);

// Keep a piece, and how long the recording is with it; rejects when the device is full.
export async function keep(recording: Kept, number: number, bytes: Blob): Promise<void> {
  const piece: Piece = { recording: recording.id, number, bytes };
  await within("readwrite", (stores) => {
    stores.objectStore("recordings").put(recording);
    return stores.objectStore("pieces").put(piece);
  });
}

export const keptOf = async (user: string): Promise<Kept[]> => {
  const all = await within<Kept[]>("readonly", (stores) => stores.objectStore("recordings").getAll());
  return all.filter((one) => one.user === user);
};

export async function fileOf(kept: Kept, name: string): Promise<File> {
  const pieces = await within<Piece[]>("readonly", (stores) => stores.objectStore("pieces").getAll(piecesOf(kept.id)));
  const ending = kept.type.includes("mp4") ? "m4a" : kept.type.includes("ogg") ? "ogg" : "webm";
  const bytes = pieces.map((one) => one.bytes);
  const type = kept.type.split(";")[0] ?? "";
  return new File(bytes, `${name}.${ending}`, { type, lastModified: kept.startedAt });
}

export async function forget(id: string): Promise<void> {
  await within("readwrite", (stores) => {
    stores.objectStore("pieces").delete(piecesOf(id));
    return stores.objectStore("recordings").delete(id);
  });
}
