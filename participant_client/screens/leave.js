/** The question whether to leave the study, and what is to become of the data. */

import { html, useEffect, useRef, useState } from "./html.js";
import { Notice } from "./parts.js";
import { say } from "./words.js";

const WISHES = { keep: "leave.keep", delete: "leave.delete" };

export function LeaveDialog({ state, flow }) {
  const dialog = useRef(null);
  const [wish, setWish] = useState("keep");
  useEffect(() => dialog.current.showModal(), []);
  const onCancel = (event) => {
    event.preventDefault();
    flow.askToLeave(false);
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="leave-title" onCancel=${onCancel}>
      <h2 id="leave-title">${say("leave.title")}</h2>
      <p>${say(flow.matchHoldsPage ? "leave.game" : "leave.part")}</p>
      <fieldset class="choices">
        <legend>${say("leave.data")}</legend>
        ${Object.entries(WISHES).map(
          ([value, key]) => html`
            <label key=${value}>
              <input
                type="radio"
                name="wish"
                value=${value}
                checked=${wish === value}
                onChange=${() => setWish(value)}
              />
              <span>${say(key)}</span>
            </label>
          `,
        )}
      </fieldset>
      <${Notice} text=${state.notice} />
      <div class="dialog-buttons">
        <button type="button" class="secondary" onClick=${() => flow.askToLeave(false)}>${say("leave.stay")}</button>
        <button type="button" class="danger" disabled=${state.busy} onClick=${() => flow.leave(wish)}>
          ${say("leave.confirm")}
        </button>
      </div>
    </dialog>
  `;
}
