// Formulas of the registries, LaTeX, as MathML, which browsers draw themselves. It knows what the registries use; an
// unknown command is shown as it is written, and a test finds it.
//
//   node.append(formula("\\frac{1}{2}\\int|p-q|"));      // <math> element
//   formula(text, { block: true })                        // with tall fractions and integrals

const SPACE = "http://www.w3.org/1998/Math/MathML";

const SIGNS = {
  "|": "‖", "#": "#", "%": "%", "{": "{", "}": "}", alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", varepsilon: "ε", eta: "η", theta: "θ", kappa: "κ",
  lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", varphi: "φ", chi: "χ", psi: "ψ", omega: "ω",
  Gamma: "Γ", Delta: "Δ", Sigma: "Σ", Phi: "Φ", Omega: "Ω", infty: "∞", partial: "∂", nabla: "∇", ell: "ℓ", prime: "′", star: "⋆",
  cdot: "·", times: "×", pm: "±", le: "≤", leq: "≤", ge: "≥", geq: "≥", ne: "≠", neq: "≠", approx: "≈", sim: "∼", to: "→", in: "∈", ll: "≪", gg: "≫", mid: "|",
  ldots: "…", dots: "…", cdots: "⋯", langle: "⟨", rangle: "⟩", lVert: "‖", rVert: "‖", Vert: "‖", lvert: "|", rvert: "|", top: "⊤", circ: "∘", ast: "∗",
  sum: "∑", prod: "∏", int: "∫", lfloor: "⌊", rfloor: "⌋",
};
const BIG = new Set(["sum", "prod", "int"]);
const FUNCTIONS = new Set(["log", "ln", "exp", "min", "max", "sup", "inf", "tanh", "det", "tr", "arg", "sgn", "sin", "cos"]);
const GAPS = { ",": "0.17em", ";": "0.28em", ":": "0.22em", "!": "0em", " ": "0.25em", quad: "1em", qquad: "2em" };
const LETTERS = { mathbb: { E: "𝔼", R: "ℝ", P: "ℙ", 1: "𝟙" }, mathcal: { E: "ℰ", N: "𝒩", F: "ℱ", H: "ℋ", L: "ℒ", X: "𝒳" } };
const SIZES = new Set(["left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg"]);
const FONTS = new Set(["mathrm", "operatorname", "text", "mathbf", "mathbb", "mathcal", "textstyle"]);

export const unknown = new Set(); // commands that were not understood

function make(tag, children = [], attributes = {}) {
  const node = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** { … } as a token of its own, \name, single signs; numbers in one piece. */
const tokens = (text) => text.match(/\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[^\s]/g) ?? [];

class Reader {
  constructor(text) {
    this.list = tokens(text);
    this.at = 0;
  }

  row(until = null) {
    const parts = [];
    while (this.at < this.list.length && this.list[this.at] !== until) parts.push(this.scripted());
    this.at += 1;
    return make("mrow", parts);
  }

  /** One part with what stands above and below it. */
  scripted() {
    const base = this.part();
    let [lower, upper] = [null, null];
    let primes = 0;
    for (;;) {
      const token = this.list[this.at];
      if (token === "'") primes += 1;
      else if (token !== "_" && token !== "^") break;
      this.at += 1;
      if (token === "_") lower = this.argument();
      if (token === "^") upper = this.argument();
    }
    if (primes) upper = make("mrow", [make("mo", ["′".repeat(primes)]), ...(upper ? [upper] : [])]);
    if (lower && upper) return make("msubsup", [base, lower, upper]);
    if (lower) return make("msub", [base, lower]);
    return upper ? make("msup", [base, upper]) : base;
  }

  part() {
    const token = this.list[this.at];
    this.at += 1;
    if (token === "{") return this.row("}");
    if (token.startsWith("\\")) return this.command(token.slice(1));
    if (/^\d/.test(token)) return make("mn", [token]);
    if (/^\p{L}$/u.test(token)) return make("mi", [token]);
    return make("mo", [token === "-" ? "−" : token], "()[]|".includes(token) ? { stretchy: "false" } : {});
  }

  /** Without braces an argument is one sign: \tfrac12 is a half. */
  argument() {
    const token = this.list[this.at];
    if (/^\d{2,}$/.test(token)) this.list.splice(this.at, 1, token[0], token.slice(1));
    return this.part();
  }

  command(name) {
    if (name === "frac" || name === "tfrac" || name === "dfrac") {
      const fraction = make("mfrac", [this.argument(), this.argument()]);
      return name === "tfrac" ? make("mstyle", [fraction], { displaystyle: "false", scriptlevel: "0" }) : fraction;
    }
    if (name === "sqrt") return make("msqrt", [this.argument()]);
    if (["hat", "bar", "tilde", "overline"].includes(name)) {
      return make("mover", [this.part(), make("mo", [{ hat: "^", tilde: "~" }[name] ?? "¯"])], { accent: "true" });
    }
    if (FONTS.has(name)) return this.font(name);
    if (SIZES.has(name)) return this.sized(name.startsWith("B"));
    if (name in GAPS) return make("mspace", [], { width: GAPS[name] });
    if (FUNCTIONS.has(name)) return make("mrow", [make("mi", [name]), make("mspace", [], { width: "0.12em" })]);
    if (!(name in SIGNS)) unknown.add(name);
    const sign = SIGNS[name] ?? `\\${name}`;
    if (BIG.has(name)) return make("mo", [sign], { largeop: "true" });
    return make(/\p{L}|∞|∂/u.test(sign) ? "mi" : "mo", [sign], sign === "‖" ? { stretchy: "false" } : {});
  }

  /** Upright words, or the letters of another alphabet. */
  font(name) {
    if (name === "textstyle") return make("mrow");
    let word = "";
    if (this.list[this.at] === "{") {
      const end = this.list.indexOf("}", this.at);
      word = this.list.slice(this.at + 1, end).join("").replaceAll("\\,", " ");
      this.at = end + 1;
    } else word = this.list[this.at++];
    if (name in LETTERS) return make("mi", [[...word].map((letter) => LETTERS[name][letter] ?? letter).join("")]);
    return make("mi", [word], { mathvariant: "normal" });
  }

  sized(tall) {
    let sign = this.list[this.at++];
    if (sign.startsWith("\\")) sign = SIGNS[sign.slice(1)] ?? sign.slice(1);
    return make("mo", sign === "." ? [] : [sign], { stretchy: "true", ...(tall ? { minsize: "1.6em" } : {}) });
  }
}

export function formula(text, { block = false } = {}) {
  return make("math", [new Reader(text).row()], block ? { display: "block" } : {});
}
