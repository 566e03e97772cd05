// The page of runtime_site.py: starts the worker, shows how far it is, keeps the result for whoever waits.

const worker = new Worker("runtime_worker.js", { type: "module" });
const progress = document.getElementById("progress");

window.warnings = [];
window.result = new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => {
    if (data.type === "progress") progress.textContent = data.label;
    else if (data.type === "warning") window.warnings.push(data.text);
    else if (data.type === "result") resolve(data.result);
    else reject(new Error(data.message));
  };
  worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
});
// Whoever waits sees the failure; without this it would also count as an unhandled rejection before anybody waits.
window.result.catch((error) => (progress.textContent = error.message));
