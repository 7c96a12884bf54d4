/** What goes over HTTP beside the WebSocket, with the conversation's token: its start, its past, its files. */
import type { Attachment, Language, Message } from "./protocol";

export interface Key {
  conversation: string;
  token: string;
}

const bearer = (key: Key) => `Bearer ${key.token}`;

/** Opens a conversation ahead of its first message: a file needs one to belong to. */
export async function createConversation(language: Language): Promise<Key> {
  const response = await fetch("/api/conversations", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ language }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? "");
  return { conversation: answer.conversation, token: answer.token };
}

export async function fetchMessages(key: Key, since: number): Promise<Message[]> {
  const response = await fetch(`/api/conversations/${key.conversation}/messages?since=${since}`, {
    headers: { Authorization: bearer(key) },
  });
  return response.ok ? ((await response.json()).messages as Message[]) : [];
}

/** Calls the conversation's links; fails with the server's own sentence. */
export async function callLinks<Answer>(key: Key, method: string, path = "", body?: object): Promise<Answer> {
  const response = await fetch(`/api/conversations/${key.conversation}/links${path}`, {
    method,
    headers: { Authorization: bearer(key), "Content-Type": "application/json" },
    body: body ? JSON.stringify(body) : null,
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer.detail ?? "");
  return answer as Answer;
}

/** Sends one file; `progress` hears shares from 0 to 1. Fails with the server's own sentence where it gave one. */
export function upload(file: File, key: Key, progress: (share: number) => void): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/files?conversation=${encodeURIComponent(key.conversation)}`);
    request.setRequestHeader("Authorization", bearer(key));
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () =>
      request.status === 201
        ? resolve(request.response as Attachment)
        : reject(new Error(request.response?.detail ?? ""));
    request.onerror = () => reject(new Error(""));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

export async function fetchFile(id: string, key: Key): Promise<Blob> {
  const response = await fetch(`/api/files/${id}`, { headers: { Authorization: bearer(key) } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.blob();
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
