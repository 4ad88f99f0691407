# The front door. `make help` lists what there is; meson and ninja do the work.
BUILD = build
DATA = var/demo
PORT = 8080
# sh -c 'ulimit …' is not needed; two cores are assumed shared.
JOBS = 2

.PHONY: help setup ui build run test check unit asan tsan tidy analyze fmt fuzz cover sizes bench accept clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: ## install what is missing (Debian packages, npm packages)
	@tools/setup
	@[ -d ui/node_modules/preact ] && [ ui/node_modules -nt ui/package-lock.json ] || \
	 (cd ui && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) >$(BUILD)-setup.log 2>&1 || (cat $(BUILD)-setup.log; exit 1)
	@rm -f $(BUILD)-setup.log

ui: setup ## the browser client: ui/dist
	@tools/build-ui

build: setup $(BUILD)/build.ninja ## engine.wasm, ui, build/bangban
	@tools/build $(BUILD)

run: build ## the demo township on http://127.0.0.1:8080/, with sign-ins
	@tools/run-demo $(BUILD) $(DATA) $(PORT)

test: build ## everything that must hold; ends with `N passed, N failed`
	@tools/test-all $(BUILD)

check: build ## the quick gate: format, rules of the house, unit tests, sanitizers, analyser
	@tools/check $(BUILD)

unit: build ## unit and golden tests only
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs

asan: setup ## unit and golden tests under ASan and UBSan
	@[ -f $(BUILD)-asan/build.ninja ] || meson setup $(BUILD)-asan -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
	@tools/build-quiet $(BUILD)-asan && LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.txt:print_suppressions=0 meson test -C $(BUILD)-asan --no-rebuild --print-errorlogs

tsan: setup ## writer and workers under TSan
	@[ -f $(BUILD)-tsan/build.ninja ] || meson setup $(BUILD)-tsan -Doptimization=1 -Db_sanitize=thread -Db_lundef=false >/dev/null
	@tools/build-quiet $(BUILD)-tsan && meson test -C $(BUILD)-tsan --no-rebuild --print-errorlogs --suite threads

tidy: build ## clang-tidy
	@tools/tidy $(BUILD)

analyze: setup ## gcc -fanalyzer over src/
	@tools/analyze

fmt: ## format all C
	@clang-format-14 -i $$(find src tests bench -name '*.[ch]')

fuzz: setup ## ten minutes per target; FUZZ_SECONDS=60 for less
	@tools/fuzz $${FUZZ_SECONDS:-600}

cover: setup ## branch coverage of engine, forms, flow, store
	@tools/cover

sizes: ## the longest functions and files, as an invitation
	@tools/sizes

bench: build ## the measures, a line each: name, value, unit, goal, met or missed
	@tools/bench $(BUILD)

accept: build ## rewrite the golden outputs; review the diff
	@tools/accept $(BUILD)

clean: ## remove what was built
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan ui/dist var
