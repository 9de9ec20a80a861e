// The pages of who has logged in, by what stands behind `#/` in the address. docs/add-a-page.md adds one.
import type { Component } from "vue";
import ReportList from "./components/ReportList.vue";

export interface Page {
  title: string;
  component: Component;
}

export const pages: Record<string, Page> = {
  reports: { title: "Reports", component: ReportList },
};
export const first = "reports";

export const current = (): string => {
  const name = location.hash.replace("#/", "");
  return Object.hasOwn(pages, name) ? name : first;
};
