// @ts-check
/** Takes files that are chosen or dropped, and sends them one after the other with their progress. */

/**
 * Make a form take files without leaving the page.
 *
 * @param {HTMLFormElement} form
 * @param {(id: string, row: string) => void} show what to do with a source that was taken in
 */
export function receive(form, show) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  const list = /** @type {HTMLElement} */ (document.querySelector("[data-uploads]"));
  const largest = Number(form.dataset.largest);
  document.documentElement.classList.add("scripted");
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-with-script]"))) {
    words.hidden = false;
  }

  /** @type {Promise<void>} */
  let queue = Promise.resolve();
  /** @param {FileList | null | undefined} files */
  const take = (files) => {
    for (const file of files ?? []) {
      const line = new Line(file, list);
      queue = queue.then(() => send(form, file, largest, line, show));
    }
  };

  input.addEventListener("change", () => {
    take(input.files);
    form.reset();
  });
  let depth = 0; // a drag enters and leaves every element on its way
  const mark = () => document.documentElement.classList.toggle("dragged", depth > 0);
  addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; mark(); } });
  addEventListener("dragleave", (event) => { if (hasFiles(event)) { depth -= 1; mark(); } });
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    take(event.dataTransfer?.files);
  });
}

/** @param {DragEvent} event */
function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

/** One file on its way, as the page shows it. */
class Line {
  /** @param {File} file @param {HTMLElement} list */
  constructor(file, list) {
    this.row = document.createElement("li");
    this.row.className = "card upload";
    const name = document.createElement("span");
    name.textContent = file.name;
    this.state = document.createElement("span");
    this.state.className = "chip busy";
    this.state.textContent = "In line";
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `Sending ${file.name}`);
    this.row.append(name, this.state, this.bar);
    list.append(this.row);
  }

  /** @param {number} part */
  advance(part) {
    this.state.textContent = `Sending ${Math.round(part * 100)} %`;
    this.bar.value = part;
  }

  /** @param {string} reason */
  refuse(reason) {
    this.bar.remove();
    this.state.className = "chip bad";
    this.state.textContent = "Not taken";
    const words = document.createElement("p");
    words.className = "reason";
    words.textContent = reason;
    const away = document.createElement("button");
    away.type = "button";
    away.className = "quiet";
    away.textContent = "Dismiss";
    away.addEventListener("click", () => this.row.remove());
    this.row.append(words, away);
  }
}

/**
 * @param {HTMLFormElement} form @param {File} file @param {number} largest @param {Line} line
 * @param {(id: string, row: string) => void} show
 * @returns {Promise<void>} when it is taken in or refused
 */
function send(form, file, largest, line, show) {
  return new Promise((resolve) => {
    const settle = (/** @type {() => void} */ end) => { end(); resolve(); };
    if (!file.size) return settle(() => line.refuse("It is empty, or a folder."));
    if (file.size > largest) {
      return settle(() => line.refuse(`It is larger than ${Math.floor(largest / 2 ** 20)} MB. Split it, or make it smaller.`));
    }
    const body = new FormData();
    body.append("files", file);
    // fetch cannot tell how far a body is
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    const token = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=csrf-token]"));
    request.setRequestHeader("X-CSRFToken", token?.content ?? "");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && line.advance(event.loaded / event.total));
    request.addEventListener("load", () => settle(() => {
      if (request.status === 201) {
        line.row.remove();
        show(request.response.id, request.response.row);
      } else {
        line.refuse(reason(request));
      }
    }));
    request.addEventListener("error", () => settle(() => line.refuse("The line broke. Please try again.")));
    request.send(body);
  });
}

/** @param {XMLHttpRequest} request */
function reason({ status, response }) {
  const error = response?.error;
  if (!error) return `It was refused (${status}).`;
  const words = error.field ? error.message.replace(`${error.field}: `, "") : error.message;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
