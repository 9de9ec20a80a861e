// The API below /api, with its answers' types and its tokens.
import { accessToken, forget, keep, refreshToken, type Tokens } from "./session";

export interface Report {
  id: string;
  title: string;
  state: "queued" | "running" | "done";
  progress_percent: number;
  text: string;
}

export class RefusedError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const UNAUTHORIZED = 401;

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`/api/${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(accessToken() ? { Authorization: `Bearer ${accessToken()}` } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const content: unknown = text ? JSON.parse(text) : undefined;
  if (!answer.ok) throw new RefusedError(answer.status, sentence(content, answer.status));
  return content as T;
}

function sentence(content: unknown, status: number): string {
  const { message, errors } = (content ?? {}) as { message?: string; errors?: { json?: Record<string, string[]> } };
  const fields = Object.entries(errors?.json ?? {}).map(([field, faults]) => `${field}: ${faults.join(" ")}`);
  return fields.join(" ") || message || `The server answered ${status}.`;
}

// Several requests that find the access token too old wait for one refresh: a refresh token counts once.
let refreshing: Promise<void> | undefined;

function refresh(): Promise<void> {
  refreshing ??= send<Tokens>("POST", "tokens/refresh", { refresh_token: refreshToken() })
    .then(keep)
    .finally(() => (refreshing = undefined));
  return refreshing;
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await send<T>(method, path, body);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== UNAUTHORIZED || !refreshToken()) throw error;
  }
  try {
    await refresh();
  } catch (error) {
    if (error instanceof RefusedError) forget();
    throw error;
  }
  return send<T>(method, path, body);
}

export async function logIn(email: string, password: string): Promise<void> {
  keep(await send<Tokens>("POST", "tokens", { email, password }));
}

export async function signUp(email: string, password: string): Promise<void> {
  await send("POST", "users", { email, password });
  await logIn(email, password);
}

export async function logOut(): Promise<void> {
  try {
    await call("DELETE", "tokens");
  } finally {
    forget();
  }
}

export const isLoggedIn = (): boolean => refreshToken() !== "";
export const reports = (): Promise<Report[]> => call("GET", "reports");
export const askForReport = (title: string): Promise<Report> => call("POST", "reports", { title });
