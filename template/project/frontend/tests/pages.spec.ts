// The pages in a browser, with an API that answers as the real one does.
import { expect, test, type Page } from "@playwright/test";

const TOKENS = { access_token: "access", refresh_token: "refresh", expires_in: 900 };
const REPORT = { id: "1", title: "People", state: "queued", progress_percent: 0, text: "" };

async function logIn(page: Page): Promise<void> {
  await page.route("**/api/tokens", (route) => route.fulfill({ status: 201, json: TOKENS }));
  await page.goto("/");
  await page.getByLabel("E-mail").fill("ann@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Log in" }).click();
}

test("a person logs in, asks for a report and sees it grow", async ({ page }) => {
  const list: (typeof REPORT)[] = [];
  await page.route("**/api/reports", (route) => {
    expect(route.request().headers().authorization).toBe("Bearer access");
    if (route.request().method() === "POST") {
      list.push({ ...REPORT, title: route.request().postDataJSON().title });
      return route.fulfill({ status: 202, json: list[0] });
    }
    return route.fulfill({ json: list });
  });
  await logIn(page);
  await expect(page.getByText("There are none yet.")).toBeVisible();
  await page.getByLabel("Title").fill("People");
  await page.getByRole("button", { name: "Ask for a report" }).click();
  await expect(page.getByLabel("queued")).toHaveAttribute("value", "0");
  list[0] = { ...REPORT, state: "running", progress_percent: 50 };
  await expect(page.getByLabel("running")).toHaveAttribute("value", "50");
  list[0] = { ...REPORT, state: "done", progress_percent: 100, text: "7 people" };
  await expect(page.getByRole("listitem")).toHaveText("People7 people");
});

test("a wrong password is said", async ({ page }) => {
  const refusal = { code: 401, message: "E-mail or password is wrong.", status: "Unauthorized" };
  await page.route("**/api/tokens", (route) => route.fulfill({ status: 401, json: refusal }));
  await page.goto("/");
  await page.getByLabel("E-mail").fill("ann@example.com");
  await page.getByLabel("Password").fill("incorrect horse");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toHaveText("E-mail or password is wrong.");
});

test("an access token that is too old is changed once, and the request is made again", async ({ page }) => {
  let refreshed = 0;
  await page.route("**/api/tokens/refresh", (route) => {
    refreshed += 1;
    expect(route.request().postDataJSON()).toEqual({ refresh_token: "refresh" });
    return route.fulfill({ status: 201, json: { ...TOKENS, access_token: "fresh", refresh_token: "next" } });
  });
  await page.route("**/api/reports", (route) => {
    const good = route.request().headers().authorization === "Bearer fresh";
    return good ? route.fulfill({ json: [] }) : route.fulfill({ status: 401, json: { message: "Log in first." } });
  });
  await logIn(page);
  await expect(page.getByText("There are none yet.")).toBeVisible();
  expect(refreshed).toBe(1);
});

test("a login that ended leads back to the form", async ({ page }) => {
  await page.route("**/api/tokens/refresh", (route) => route.fulfill({ status: 401, json: { message: "Log in again." } }));
  await page.route("**/api/reports", (route) => route.fulfill({ status: 401, json: { message: "Log in first." } }));
  await logIn(page);
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
});

test("360 px are enough, and the title is the environment's", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.route("**/config.json", (route) => route.fulfill({ json: { title: "Staging" } }));
  await page.goto("/");
  await expect(page).toHaveTitle("Staging");
  const [wanted, there] = await page.evaluate(() => [document.body.scrollWidth, window.innerWidth]);
  expect(wanted).toBeLessThanOrEqual(there ?? 0);
});
