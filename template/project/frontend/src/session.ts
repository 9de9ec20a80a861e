// The tokens of this tab. The access token is in memory only; the refresh token outlives a reload and ends with the tab.
const KEY = "refresh_token";

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

let access = "";

export const accessToken = (): string => access;
export const refreshToken = (): string => sessionStorage.getItem(KEY) ?? "";

export function keep(tokens: Tokens): void {
  access = tokens.access_token;
  sessionStorage.setItem(KEY, tokens.refresh_token);
}

export function forget(): void {
  access = "";
  sessionStorage.removeItem(KEY);
}
