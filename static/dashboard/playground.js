// @ts-check
/** A question in the playground: its events as they arrive, then the turn as the server shows it. */

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-playground]"));
const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (form.querySelector(`[data-${name}]`));
const [turns, now, question, answer, events, problem] = ["turns", "now", "question", "answer", "events", "problem"].map(find);
const asked = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("question"));
const history = /** @type {HTMLInputElement} */ (form.elements.namedItem("history"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));

/** Ask, and show what happens. */
async function ask() {
  const text = asked.value.trim();
  problem.hidden = true;
  button.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (!response.ok || !response.body) return complain((await response.json()).error.message);
    question.textContent = text;
    answer.textContent = "";
    events.replaceChildren();
    now.hidden = false;
    asked.value = "";
    now.scrollIntoView({ block: "nearest" });
    let whole = false;
    for await (const line of lines(response.body)) whole = happen(JSON.parse(line), text) || whole;
    if (!whole) complain("The answer broke off. Ask again.");
  } catch {
    complain("The server can’t be reached. Ask again in a moment.");
  } finally {
    now.hidden = true;
    button.disabled = false;
    if (!asked.value) asked.focus({ preventScroll: true });
  }
}

/** Show one event, and tell whether it was the last. @param {{name: string, at: number, what: string, html: string, text: string}} event @param {string} text */
function happen({ name, at, what, html, text: said }, text) {
  if (name === "played") {
    const turn = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (turn) turns.append(document.importNode(turn, true));
    history.value = JSON.stringify([...JSON.parse(history.value), ["visitor", text], ["chatbot", said]]);
    return true;
  }
  if (name === "delta") answer.textContent += what;
  const line = document.createElement("li");
  const parts = [`${at.toLocaleString("en")} ms`, name, what].map((words, place) => Object.assign(document.createElement(place === 1 ? "code" : "span"), { textContent: words }));
  parts[0].className = "at";
  line.append(...parts);
  events.append(line);
  events.scrollTop = events.scrollHeight;
  return false;
}

/** Say why there is no answer. @param {string} words */
function complain(words) {
  problem.textContent = words;
  problem.hidden = false;
}

/** Yield a body's lines as they become whole. @param {ReadableStream<Uint8Array>} body */
async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const whole = (pending + decoder.decode(value, { stream: true })).split("\n");
    pending = whole.pop() ?? "";
    yield* whole;
  }
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  if (!button.disabled) ask();
});
asked.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(button);
});
