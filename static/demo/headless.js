// @ts-check
/** A face of one's own: a page that draws a conversation as it likes. Copy it, and change all you see. */

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const said = /** @type {HTMLElement} */ (document.querySelector("#said"));
const status = /** @type {HTMLElement} */ (document.querySelector("#status"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const { question, stop } = /** @type {any} */ (form.elements);
const fresh = /** @type {HTMLButtonElement} */ (document.querySelector("[name=fresh]"));

const { server = "", chatbot } = main.dataset;
const { Conversation } = await import(`${server}widget/conversation.js`);

/** The answer that is being said. @type {HTMLElement | undefined} */
let answer;

const conversation = new Conversation({
  server,
  chatbot,
  storage: localStorage,
  locale: document.documentElement.lang,
  page: () => ({ url: location.href, title: document.title }),
  tell: hear,
});

/** Draw what happens. @param {import("../widget/conversation.js").Happening} happening */
function hear(happening) {
  stop.hidden = !conversation.busy;
  switch (happening.type) {
    case "asked":
      line("visitor", happening.text);
      status.textContent = "Thinking…";
      break;
    case "started":
      answer ??= line("chatbot");
      break;
    case "said":
      (answer ??= line("chatbot")).append(happening.text);
      break;
    case "cited":
      cite(answer, happening.sources);
      break;
    case "waiting":
      status.textContent = "The line broke; trying again…";
      break;
    case "finished":
      status.textContent = answer?.textContent ?? "";
      answer = undefined;
      break;
    case "failed":
      status.textContent = happening.refused.message || "Nobody answers just now.";
      question.value ||= happening.question ?? "";
      answer = undefined;
  }
}

/** @param {string} role @param {string} [text] */
function line(role, text = "") {
  const node = document.createElement("li");
  node.className = role;
  node.append(text); // text, never HTML: models and visitors write anything
  said.append(node);
  return node;
}

/** @param {HTMLElement | undefined} answer @param {import("../widget/conversation.js").Source[]} sources */
function cite(answer, sources) {
  const node = document.createElement("div");
  node.className = "sources";
  node.textContent = sources.map(({ index, title, page }) => `[${index}] ${title}${page ? `, page ${page}` : ""}`).join(" · ");
  answer?.append(node);
}

async function recall() {
  const { messages, resume } = await conversation.restore();
  said.replaceChildren();
  for (const { role, text, sources } of messages) {
    const node = line(role, text);
    if (sources?.length) cite(node, sources);
  }
  await resume?.(); // an answer that was on its way when the page was left
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (conversation.busy) return;
  const text = question.value;
  question.value = "";
  conversation.ask(text);
});
stop.addEventListener("click", () => conversation.stop());
fresh.addEventListener("click", () => {
  conversation.leave();
  recall();
});

const { welcome } = await conversation.settings();
status.textContent = welcome;
await recall();
