"use strict";
// Counts the seconds of a one-time code down, and asks for the next one while somebody looks at the page. It stops
// after some minutes: a page that is left open must not keep its session from ending.
const ASK_FOR_MS = 5 * 60 * 1000;
const opened = performance.now();
const line = () => document.querySelector("[data-seconds-left]");
let end = opened + Number(line().dataset.secondsLeft) * 1000;

async function renew() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const code = page.getElementById("code");
  if (!code) throw new Error("logged out, or the record is gone");
  const next = page.querySelector("[data-seconds-left]");
  document.getElementById("code").textContent = code.textContent;
  line().textContent = next.textContent;
  end = performance.now() + Number(next.dataset.secondsLeft) * 1000;
}

async function tick() {
  const left = Math.ceil((end - performance.now()) / 1000);
  if (left > 0) {
    line().textContent = `good for ${left} s`;
  } else if (document.visibilityState === "visible" && performance.now() - opened < ASK_FOR_MS) {
    try {
      await renew();
    } catch {
      line().textContent = "out of date";
    }
  } else {
    line().textContent = "out of date";
  }
  setTimeout(tick, 250 + (line().textContent === "out of date" ? 5000 : 0));
}
tick();
