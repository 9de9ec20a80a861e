import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [vue()],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // As in production one domain has the page and, below /api, the API: no CORS, no address to configure.
  server: { port: 5173, strictPort: true, proxy: { "/api": process.env.API ?? "http://127.0.0.1:8000" } },
});
