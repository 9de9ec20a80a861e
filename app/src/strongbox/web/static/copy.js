"use strict";
// Buttons that copy. Without this script they are not shown, and everything else works.
document.documentElement.classList.add("scripted");

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

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  const label = button.innerHTML;
  try {
    await (navigator.clipboard ? navigator.clipboard.writeText(text) : copyBySelection(text));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy by hand";
  }
  setTimeout(() => { button.innerHTML = label; }, 2000);
});
