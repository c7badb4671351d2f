// What a page's script on the server cannot say of the document that it is shown in: its language (a screen reader
// pronounces by it), its landmarks, a way past the navigation for the keyboard, and the language this browser chose.
const MAIN = '[data-testid="stMain"]';

function skipLink(text) {
  let link = document.getElementById("qa-skip");
  if (!link) {
    link = document.createElement("a");
    link.id = "qa-skip";
    link.href = "#qa-main";
    link.addEventListener("click", (event) => {
      event.preventDefault(); // an address with # would be another entry of the history
      const main = document.querySelector(MAIN);
      const heading = main?.querySelector("h1");
      (heading ?? main)?.setAttribute("tabindex", "-1");
      (heading ?? main)?.focus();
    });
    const place = document.createElement("nav");
    place.id = "qa-skip-place";
    place.append(link);
    document.body.prepend(place);
  }
  link.textContent = text;
  link.parentElement.setAttribute("aria-label", text);
}

function landmarks() {
  const main = document.querySelector(MAIN);
  main?.setAttribute("role", "main");
  main?.setAttribute("id", "qa-main");
}

export default function (component) {
  const { language, skip, cookie } = component.data;
  document.documentElement.lang = language;
  skipLink(skip);
  landmarks();
  if (cookie) {
    document.cookie = `${cookie.name}=${cookie.value}; path=/; max-age=31536000; SameSite=Lax`;
  }
}
