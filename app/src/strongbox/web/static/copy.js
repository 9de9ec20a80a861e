"use strict";
// Buttons that copy. Without this script they are not shown, and everything else works.
document.documentElement.classList.add("scripted");

const SAID_MS = 2000;
const KEPT_MS = 60000;  // what was copied is a secret, so it does not stay in the clipboard

const labels = new WeakMap();  // of buttons that say something else for a moment
const timers = new WeakMap();
let copied = null;
let clearing = 0;

function copyBySelection(text) {
  // Browsers offer the clipboard to pages from HTTPS and this machine only; on a home network this is left.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done ? Promise.resolve() : Promise.reject(new Error("refused"));
}

function say(button, text) {
  if (!labels.has(button)) labels.set(button, button.innerHTML);
  clearTimeout(timers.get(button));
  button.textContent = text;
  timers.set(button, setTimeout(() => { button.innerHTML = labels.get(button); }, SAID_MS));
  const status = document.getElementById("copy-status");
  status.textContent = "";  // so that screen readers say the same again
  setTimeout(() => { status.textContent = text; }, 50);
}

async function clearCopied() {
  if (copied === null || Date.now() < clearing || !document.hasFocus()) return;  // browsers refuse pages in the back
  const mine = copied;
  copied = null;
  const { state } = await navigator.permissions.query({ name: "clipboard-read" }).catch(() => ({ state: "denied" }));
  if (state === "granted" && (await navigator.clipboard.readText()) !== mine) return;  // something else by now
  await navigator.clipboard.writeText("").catch(() => {});
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  try {
    await (navigator.clipboard ? navigator.clipboard.writeText(text) : copyBySelection(text));
  } catch {
    say(button, "Select and copy by hand");
    return;
  }
  say(button, "Copied");
  if (!navigator.clipboard) return;
  copied = text;
  clearing = Date.now() + KEPT_MS;
  setTimeout(clearCopied, KEPT_MS);
});

document.addEventListener("copy", () => { copied = null; });  // by hand: it is the person's own
window.addEventListener("focus", clearCopied);
