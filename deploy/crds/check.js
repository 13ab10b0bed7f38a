// Holds objects of custom resources to the schemas of KEDA, the Prometheus operator and Argo CD:
// `check.js < OBJECTS.json`, a list. Objects of other groups are passed over; prints how many of each kind
// were held to a schema.
//
// The validators take a key that they do not know for none of their business, and so would a cluster,
// which drops it: a misspelt key is the likeliest mistake. So each object is shown to its validator
// through a proxy that notes which keys it reads; one that it never reads is unknown.
import { Application } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application";
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
import { TriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { readFileSync } from "node:fs";

const MODELS = [Application, ScaledObject, TriggerAuthentication, PodMonitor, PrometheusRule];
const GROUPS = /^(argoproj\.io|keda\.sh|monitoring\.coreos\.com)\//;

/** An object whose keys are noted when they are read. */
function watched(value, path, unread) {
  if (value === null || typeof value !== "object") return value;
  const inner = {};
  for (const key of Object.keys(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    inner[key] = watched(value[key], place, unread);
    if (!Array.isArray(value)) unread.add(place);
  }
  const target = Array.isArray(value) ? Object.values(inner) : inner;
  return new Proxy(target, {
    get(held, key, receiver) {
      if (typeof key === "string") unread.delete(`${path}.${key}`);
      return Reflect.get(held, key, receiver);
    },
  });
}

function faultsOf(object) {
  const Model = MODELS.find((model) => model.is(object));
  if (!Model) return [`no schema of ${object.apiVersion} ${object.kind} is known here`];
  const unread = new Set();
  const model = new Model({});
  // Its own fields are set one by one, so the proxy goes around the parts.
  for (const [key, value] of Object.entries(object)) model[key] = watched(value, key, unread);
  try {
    model.validate();
  } catch (error) {
    return [String(error.message)];
  }
  return [...unread].map((place) => `${place}: there is no such key`);
}

const counts = {};
let failed = false;
for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  if (!GROUPS.test(object?.apiVersion ?? "")) continue;
  for (const fault of faultsOf(object)) {
    failed = true;
    console.error(`${object.kind} ${object.metadata?.name}: ${fault}`);
  }
  counts[object.kind] = (counts[object.kind] ?? 0) + 1;
}
console.log(Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(", "));
process.exit(failed ? 1 : 0);
