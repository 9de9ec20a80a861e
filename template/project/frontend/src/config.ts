// What differs between environments comes from the server when the page is loaded: one image serves all of them.
export interface Config {
  title: string;
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-store" });
  return (await answer.json()) as Config;
}
