/**
 * Loads SurveyJS: more than a megabyte, which only studies that ask questions need. Two classic scripts, because its
 * modules name each other in a way that needs an import map.
 */

const FOLDER = "/client/vendor/surveyjs";
/** SurveyJS's own sentences, beside English; in other languages it speaks English. */
const LANGUAGES = ["de"];

let loading = null;

/** @returns {Promise<{Survey: any, SurveyUI: any}>} The library, loaded once; asked again after a failure. */
export function loadLibrary() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  // The library writes some of its styles into the page when it is run, so ours come last.
  const styles = addStyles(`${FOLDER}/survey-core.fontless.min.css`).then(() => addStyles("/client/survey/survey.css"));
  await addScript(`${FOLDER}/survey.core.min.js`);
  await addScript(`${FOLDER}/survey-js-ui.min.js`);
  for (const language of LANGUAGES) await addScript(`${FOLDER}/i18n/${language}.min.js`);
  await styles;
  return { Survey: globalThis.Survey, SurveyUI: globalThis.SurveyUI };
}

function addScript(src) {
  return add(Object.assign(document.createElement("script"), { src, async: true }));
}

function addStyles(href) {
  return add(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

function add(element) {
  return new Promise((done, failed) => {
    element.onload = done;
    element.onerror = () => {
      element.remove();
      failed(new Error(`${element.src || element.href} could not be loaded.`));
    };
    document.head.append(element);
  });
}
