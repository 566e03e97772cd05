/**
 * Opens the questions of a scene and hands in what was answered. Small, so that it is there before the library is.
 */

import { spokenLanguage } from "../screens/words.js";

/** The server takes no more of a page's answers, bytes. */
const MOST_ANSWER_BYTES = 64 * 1024;
const ANSWER_TIMEOUT_MS = 15000;

/** Answers that the server would refuse for their length. */
export class TooLong extends Error {}

export class QuestionDesk {
  /** @param {import("../flow.js").Flow} flow Shows what follows, and says what prevented it. */
  constructor(flow) {
    this.flow = flow;
  }

  /**
   * The questions of the scene that is shown.
   * @param {{onChange: () => void}} options Told when the form's place has changed.
   * @returns {Promise<import("./form.js").Form>}
   */
  async open({ onChange }) {
    const { page, kept, loadForms } = this.flow;
    const { scene, content } = page.state.view;
    const { Form, surveyjs } = await loadForms();
    const form = new Form({
      surveyjs,
      survey: content.survey,
      language: spokenLanguage(),
      kept: kept.read(scene.id),
      keep: (values) => kept.write(scene.id, values),
      onChange,
      onDone: (answers, questions) => this.answer(form, scene.id, answers, questions),
    });
    return form;
  }

  /** Everything is filled in: hand it in, and open the form again when the server does not take it as it is. */
  async answer(form, sceneId, answers, questions) {
    const { flow } = this;
    const message = { scene_id: sceneId, answers, questions };
    let said = null;
    await flow.press(async () => {
      if (new Blob([JSON.stringify(answers)]).size > MOST_ANSWER_BYTES) throw new TooLong();
      said = await flow.socket.request("answer", message, ANSWER_TIMEOUT_MS);
    });
    const stays = said === null || said.view.scene.id === sceneId;
    if (stays) form.reopen(said?.quiz?.wrong);
    else flow.kept.drop(sceneId);
    if (said === null) return;
    flow.show(said.view);
    flow.page.update({ quiz: stays ? said.quiz : null });
  }
}
