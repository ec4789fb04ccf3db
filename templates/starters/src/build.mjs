// Compiles every KEY.LANGUAGE.mjml of this folder to ../KEY.LANGUAGE.html, which the program embeds:
//
//	npm ci && npm run build
//
// A bundle is the source of an ordinary template: subject, preheader, a line that a test compares with the sources, and
// the HTML. Liquid passes MJML untouched; what is written between [[ and ]] is replaced before:
//
//	[[Ihr|dein]]  the formal and the informal word, chosen when a mail is rendered
//	[[offer]]     what the offer is worth, as a share, an amount, free shipping or a gift
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import mjml2html from "mjml";

// MJML wants colours to be colours, so that the shop's is put in afterwards.
const standIn = /#7a3b1d/g;
const accent = "{{ shop.colour | default: '#7a3b1d' }}";

// Keeps mail programs from showing the first words of the body behind the preheader.
const padding = "&#847;&zwnj;&nbsp;".repeat(16);

const discount = { de: ["{{ offer.percent }}\u00a0% Nachlass", "{{ offer.amount | money }} Nachlass", "Kostenloser Versand", "{{ offer.gift }} gratis"],
  en: ["{{ offer.percent }}% off", "{{ offer.amount | money }} off", "Free shipping", "{{ offer.gift }} for free"] };

function offer(language) {
  const [percent, amount, shipping, gift] = discount[language];
  return `{% if offer.percent %}${percent}{% elsif offer.free_shipping %}${shipping}{% elsif offer.gift %}${gift}{% else %}${amount}{% endif %}`;
}

function expand(source, language) {
  return source.replaceAll("[[offer]]", offer(language))
    .replace(/\[\[([^|\]]*)\|([^\]]*)\]\]/g, "{% if shop.informal %}$2{% else %}$1{% endif %}");
}

// take cuts an element's words out of a mail and leaves others in their place.
function take(source, element, instead) {
  let words = "";
  const rest = source.replace(new RegExp(`(<${element}>)([^]*?)(</${element}>)`), (_, open, inner, close) => {
    words = inner.trim();
    return open + instead + close;
  });
  if (!words) throw new Error(`there is no ${element}`);
  return [words, rest];
}

// tidy drops the indentation, which would weigh more than the words do, and fonts from elsewhere.
function tidy(html) {
  return html.replaceAll("<p>", `<p style="margin:0;">`).replace(/^\s+/gm, "").replace(/\s+$/gm, "").replaceAll(standIn, accent) + "\n";
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

async function build(file) {
  const [key, language] = file.split(".");
  const raw = expand(readFileSync(file, "utf8"), language);
  const [subject, untitled] = take(raw, "mj-title", "{{ mail.subject }}");
  const [preheader, mail] = take(untitled, "mj-preview", "{{ mail.preheader }}" + padding);
  const { html, errors } = await mjml2html(mail, { validationLevel: "strict", keepComments: true, minify: false, fonts: {},
    filePath: import.meta.dirname, includePath: import.meta.dirname, ignoreIncludes: false, preprocessors: [(part) => expand(part, language)] });
  if (errors.length) throw new Error(`${file}: ${JSON.stringify(errors)}`);
  const body = tidy(html);
  const head = `subject: ${subject}\npreheader: ${preheader}\n`;
  writeFileSync(`../${key}.${language}.html`, `${head}made: ${sources} ${sha256(head + body)}\n---\n${body}`);
  console.log(`${key}.${language}.html ${body.length}`);
}

const files = readdirSync(".").filter((f) => /\.(mjml|mjs|json)$/.test(f)).sort();
const sources = sha256(files.map((f) => `${f}\0${readFileSync(f, "utf8")}\0`).join(""));
for (const file of files.filter((f) => /\.(de|en)\.mjml$/.test(f) && readFileSync(f, "utf8").startsWith("<mjml"))) await build(file);
