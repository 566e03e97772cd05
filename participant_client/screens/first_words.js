/**
 * What the page can say before the study has come from the server with all its texts: the same texts as the catalogues
 * of `app/experiments/texts/`, in the languages the program has.
 */

/** @type {Record<string, Record<string, string>>} Texts by key, by language. */
export const FIRST_WORDS = {
  en: {
    "page.study": "Study",
    "buttons.try_again": "Try again",
    "start.welcome": "Welcome",
    "loading.failed.title": "The game could not be loaded.",
    "loading.failed.advice":
      "Please check your internet connection and try again. If it keeps failing, use another browser.",
    "loading.failed.unreachable": "The study’s server cannot be reached.",
    "loading.failed.status": "The study’s server answered with status {status}.",
    "loading.failed.program": "The game’s program could not be started.",
    "loading.failed.program_because": "The game’s program could not be started: {cause}",
    "loading.failed.silent": "Nothing has been loaded for {seconds} seconds.",
    "error.title": "Something went wrong",
    "error.advice": "Please press Try again. If this page comes back, tell the person who runs the study.",
    "error.details": "Details for the person who runs the study",
    "error.another_window": "The study is open in another window",
    "error.another_window_advice": "Please go on in that window. You can close this one.",
    "error.another_window_detail": "The server closed the connection of this page.",
  },
  de: {
    "page.study": "Studie",
    "buttons.try_again": "Erneut versuchen",
    "start.welcome": "Willkommen",
    "loading.failed.title": "Das Spiel konnte nicht geladen werden.",
    "loading.failed.advice":
      "Bitte prüfen Sie Ihre Internetverbindung und versuchen Sie es erneut. " +
      "Wenn es wieder nicht gelingt, verwenden Sie bitte einen anderen Browser.",
    "loading.failed.unreachable": "Der Server der Studie ist nicht erreichbar.",
    "loading.failed.status": "Der Server der Studie hat mit dem Status {status} geantwortet.",
    "loading.failed.program": "Das Spielprogramm konnte nicht gestartet werden.",
    "loading.failed.program_because": "Das Spielprogramm konnte nicht gestartet werden: {cause}",
    "loading.failed.silent": "Seit {seconds} Sekunden wurde nichts mehr geladen.",
    "error.title": "Etwas ist schiefgegangen",
    "error.advice":
      "Bitte klicken Sie auf „Erneut versuchen“. " +
      "Wenn diese Seite wieder erscheint, sagen Sie bitte der Studienleitung Bescheid.",
    "error.details": "Einzelheiten für die Studienleitung",
    "error.another_window": "Die Studie ist in einem anderen Fenster geöffnet",
    "error.another_window_advice": "Bitte machen Sie dort weiter. Dieses Fenster können Sie schließen.",
    "error.another_window_detail": "Der Server hat die Verbindung dieser Seite beendet.",
  },
};
