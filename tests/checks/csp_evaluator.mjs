// Judges the policies it reads as a list of texts: of each, its findings as [severity, directive, what].
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const load = createRequire(`${process.argv[2]}/`);
const { CspEvaluator } = load("csp_evaluator/dist/evaluator.js");
const { CspParser } = load("csp_evaluator/dist/parser.js");
const { Severity } = load("csp_evaluator/dist/finding.js");

const policies = JSON.parse(readFileSync(0, "utf8"));
const judged = policies.map((policy) =>
  new CspEvaluator(new CspParser(policy).csp)
    .evaluate()
    .map((one) => [Severity[one.severity], one.directive, one.description]),
);
console.log(JSON.stringify(judged));
