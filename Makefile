# Two commands do everything, set-up included: `make demo` and `make test`.

.PHONY: demo test test-lakes chaos bench conformance schemas

demo: ## run the pipeline's main job on a simulated newswire
	scripts/demo

test: ## run every check and every test
	scripts/test

test-lakes: ## the checks and tests of the targets that are tables of a lake
	scripts/lakes

chaos: ## the tests with faults, 200 of them each
	scripts/chaos

bench: ## the figures of docs/benchmarks.md
	scripts/bench

conformance: ## the scores on the public corpora below DATELINE_CORPORA
	scripts/conformance

schemas: ## write the JSON Schemas, the AsyncAPI document and what is made of the warehouse's model anew
	cargo run --quiet -p dateline-record --example schemas crates/record/schemas
	cargo run --quiet -p sink --example model
