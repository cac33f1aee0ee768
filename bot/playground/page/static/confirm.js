// The dialog that asks before something is done.

import { make } from "./dom.js";
import { fresh, shownPlain, textOf } from "./text.js";

/** Ask, if there is something to ask: a promise of whether the person agrees. Escape is no. */
export function agreed(confirm, names) {
  if (typeof confirm !== "object" || confirm === null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const title = fresh("confirm");
    const answer = (value, words, kind) => make("button", { type: "button", class: kind, onclick: () => dialog.close(value) }, words);
    const dialog = make(
      "dialog",
      { class: "dialog confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": `${title}-text` },
      make("h2", { id: title }, shownPlain(confirm.title) || "Are you sure?"),
      make("div", { id: `${title}-text` }, textOf(confirm.text, names)),
      make("footer", {},
        answer("", shownPlain(confirm.deny) || "Cancel", "deny"),
        answer("yes", shownPlain(confirm.confirm) || "Yes", confirm.style === "danger" ? "danger" : "primary"),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
