import { defineConfig } from "@playwright/test";

const address = "http://127.0.0.1:4173";

export default defineConfig({
  testDir: "tests",
  workers: 1,
  forbidOnly: true,
  reporter: "line",
  use: {
    baseURL: address,
    // A build container has no user namespaces for Chromium's own sandbox; the pages under test are our own.
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
  },
  webServer: { command: "npx vite preview --host 127.0.0.1 --port 4173 --strictPort", url: address },
});
