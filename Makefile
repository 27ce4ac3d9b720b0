# mailflow: `make demo` and `make check` do everything, on a bare Debian too; `make help` lists the rest.

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build

CC       ?= cc
CFLAGS   ?= -O2 -g
WARN      = -Wall -Wextra -Wpedantic
MF_CFLAGS = -std=c17 -D_GNU_SOURCE -Iinclude -Iharness -Itests $(WARN) $(WERROR) $(SANITIZE) -MMD -MP -pthread
LIBS      = -lcurl -letpan -lopendkim -lfyaml -lunbound -lldns -ljansson -lssl -lcrypto -lm
TEST_LIBS = -lcmocka
LINK      = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -pthread -o $@ $^

SOURCES      := $(sort $(wildcard harness/*/*.c))
FAKES        := $(sort $(wildcard tests/fakes/*.c))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/*.c))
TESTS        := $(filter tests/unit/%,$(foreach f,$(UNIT_SOURCES),$(if $(filter test_%,$(notdir $(f))),$(f))))
HELPERS      := $(filter-out $(TESTS),$(UNIT_SOURCES))
BENCHES      := $(sort $(wildcard tests/bench/*.c))
OBJECTS       = $(SOURCES:%.c=$(BUILD)/%.o)
SUPPORT       = $(FAKES:%.c=$(BUILD)/%.o) $(HELPERS:%.c=$(BUILD)/%.o)
TEST_PROGRAMS = $(TESTS:%.c=$(BUILD)/%)
BENCH_PROGRAMS = $(BENCHES:%.c=$(BUILD)/%)

.PHONY: all setup demo check verify unit unit-sanitized headers layers golden lab-check fault-matrix readme-check docs bench sizes install \
        uninstall clean help test-programs
.DEFAULT_GOAL := all
.SECONDARY:

all: mailflow                   ## build ./mailflow

mailflow: $(BUILD)/mailflow
	@cp -f $< $@

$(BUILD)/mailflow: $(BUILD)/harness/main.o $(BUILD)/libmailflow.a
	$(LINK) $(LIBS)

$(BUILD)/libmailflow.a: $(OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(MF_CFLAGS) -c -o $@ $<

$(BUILD)/tests/libsupport.a: $(SUPPORT)
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/libsupport.a $(BUILD)/libmailflow.a
	$(LINK) $(LIBS) $(TEST_LIBS)

test-programs: $(TEST_PROGRAMS)

-include $(OBJECTS:.o=.d) $(SUPPORT:.o=.d) $(TEST_PROGRAMS:=.d) $(BENCH_PROGRAMS:=.d) $(BUILD)/harness/main.d

setup:                          ## install the build packages (apt), if any is missing
	@ci/setup

demo: setup                     ## everything: build, lab up, the post-go-live checklist, reports, lab down
	@$(MAKE) --no-print-directory -s -j2 all
	@ci/demo

check: setup                    ## install what is needed, build with warnings as errors, pass every test
	@$(MAKE) --no-print-directory verify

verify: layers headers unit unit-sanitized golden readme-check lab-check

layers:                         ## who includes whom
	@ci/check-layers && echo "layers: as in ci/layers.txt"

headers:                        ## each header stands alone
	@for header in include/mailflow/*.h; do \
	    printf '#include "%s"\n' "$${header#include/}" | \
	    $(CC) -std=c17 -D_GNU_SOURCE -Iinclude $(WARN) -Werror -fsyntax-only -x c - || exit 1; \
	done; echo "headers: each stands alone"

unit:                           ## unit tests, warnings as errors
	@$(MAKE) --no-print-directory -s -j2 WERROR=-Werror BUILD=$(BUILD) all test-programs
	@ci/run-tests $(BUILD)

unit-sanitized:                 ## the same under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory -s -j2 WERROR=-Werror BUILD=$(BUILD)/sanitized CFLAGS="-O1 -g" \
	    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" \
	    $(BUILD)/sanitized/mailflow test-programs
	@ci/run-tests $(BUILD)/sanitized

golden: all                     ## failing scenarios and bad files with their exact output
	@tests/golden/run

lab-check: all                  ## runs against real servers: each stopped in turn, cut short, absence and bounces
	@tests/lab/all

fault-matrix: all               ## every fault of the lab, and pairs of them: which finding, whose flows
	@tests/lab/fault-matrix

readme-check: all             ## README's commands and examples, the reference made from the tables
	@tests/readme/run

docs: all                       ## docs/*.md, made from the tables in the program
	@mkdir -p docs
	@./mailflow reference > docs/language.md
	@./mailflow explain --markdown > docs/findings.md

bench: setup                    ## speed as ratios, with how they were measured
	@$(MAKE) --no-print-directory -s -j2 all bench-programs
	@tests/bench/run

bench-programs: $(BENCH_PROGRAMS)

sizes:                          ## how long files and functions are
	@ci/sizes

install: all                    ## PREFIX=/usr/local DESTDIR=
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/mailflow $(DESTDIR)$(PREFIX)/share/doc/mailflow
	install -m 755 mailflow $(DESTDIR)$(PREFIX)/bin/mailflow
	cp -R scenarios $(DESTDIR)$(PREFIX)/share/mailflow/
	install -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/mailflow/README.md

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/mailflow
	rm -rf $(DESTDIR)$(PREFIX)/share/mailflow $(DESTDIR)$(PREFIX)/share/doc/mailflow

clean:                          ## remove what was built; the lab's packages too
	@ci/lab/lab down >/dev/null 2>&1 || true
	rm -rf $(BUILD) mailflow

help:                           ## this list
	@awk -F'## ' '/^[a-z-]+:.*## /{split($$1, name, ":"); printf "  make %-15s %s\n", name[1], $$2}' Makefile
