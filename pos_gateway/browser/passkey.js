// Passkeys: a form in `data-passkey="open"` or `"make"` asks the browser's own dialogue first.
import { endsAfter } from "./timeout.js";
import { say } from "./words.js";

const TIMEOUT_MS = 10_000;

const text = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const bytes = (base64url) =>
  Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (sign) =>
    sign.charCodeAt(0),
  );

const described = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

/** The answer of an authenticator as JSON. */
function written(credential) {
  const { response } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: parts,
  });
}

async function make(asked) {
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: described(asked.excludeCredentials),
  };
  return written(await navigator.credentials.create({ publicKey }));
}

async function open(asked) {
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: described(asked.allowCredentials),
  };
  return written(await navigator.credentials.get({ publicKey }));
}

/** What the gateway asks of the authenticator, or the words it refuses with. */
async function question(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("act", "passkey-ask");
  const asked = { method: "POST", body, signal: endsAfter(TIMEOUT_MS) };
  const answer = await fetch(location.href, asked);
  if (answer.ok) return answer.json();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  throw new Error(page.getElementById("problem")?.textContent.trim() ?? "");
}

function tell(form, words) {
  let place = form.querySelector("[role=alert]");
  if (!place) {
    place = document.createElement("p");
    place.className = "notice bad";
    place.setAttribute("role", "alert");
    form.prepend(place);
  }
  place.textContent = words;
}

async function prove(form, ask) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    form.elements.credential.value = await ask(await question(form));
    form.submit();
  } catch (error) {
    const refused = error.name === "Error" && error.message;
    tell(form, refused || say("没有成功，请再试一次。", "That did not work. Try once more."));
    button.disabled = false;
  }
}

if (globalThis.PublicKeyCredential && globalThis.isSecureContext) {
  for (const part of document.querySelectorAll("[data-passkey]")) {
    const form = part.querySelector("form");
    const ask = part.dataset.passkey === "make" ? make : open;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      prove(form, ask);
    });
    part.hidden = false;
  }
}
