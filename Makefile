# svctop. `make help` lists the targets.

CC       ?= cc
PREFIX   ?= /usr/local
BUILD    ?= build$(if $(SAN),-san)
OPT      ?= -O2
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wformat=2
VERSION  := 0.1.0

# Asked for when something is compiled, not before: targets that install what is missing must
# work on a machine without pkg-config.
PKGS      = ncursesw libgit2 zlib libdeflate yaml-0.1 libpcre2-8 expat md4c libseccomp libcurl \
            jansson sqlite3
TESTPKGS  = cmocka vterm
pkg_config = $(or $(shell pkg-config $(1) $(2) 2>/dev/null),$(error Libraries are missing: `make \
            deps` installs them on Debian; elsewhere `pkg-config $(2)` must succeed))
PKGFLAGS  = $(eval PKGFLAGS := $$(call pkg_config,--cflags,$(PKGS)))$(PKGFLAGS)
# libjq 1.6 has no .pc file.
LDLIBS    = $(eval LDLIBS := $$(call pkg_config,--libs,$(PKGS)) -ljq)$(LDLIBS)
TESTFLAGS = $(eval TESTFLAGS := $$(call pkg_config,--cflags --libs,$(TESTPKGS)))$(TESTFLAGS)

HARDEN    = -fstack-protector-strong $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
SANFLAGS  = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
ALLCPP    = -D_GNU_SOURCE -D_XOPEN_SOURCE_EXTENDED -DVERSION='"$(VERSION)"' -I. -I$(BUILD) \
            -include core/banned.h
ALLFLAGS  = -std=c17 -g $(OPT) $(WARN) $(if $(WERROR),-Werror) -fno-omit-frame-pointer $(HARDEN) \
            $(SANFLAGS) $(PKGFLAGS) $(CFLAGS)
LDFLAGS  += $(SANFLAGS)

SRC      := $(filter-out tui/main.c,$(wildcard core/*.c fetch/*.c tui/*.c))
DATA     := $(wildcard core/checklist.yml themes/* tui/demo_fleet.txt)
OBJ      := $(SRC:%.c=$(BUILD)/%.o) $(DATA:%=$(BUILD)/%.o)
LIB      := $(BUILD)/libsvctop.a
TESTSRC  := $(wildcard tests/*/test_*.c)
TESTS    := $(TESTSRC:%.c=$(BUILD)/%)
TESTLIB  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
SHTESTS  := $(wildcard tests/*/test_*.sh)
FUZZSRC  := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS  := $(FUZZSRC:%.c=$(BUILD)/%)
BENCHSRC := $(filter-out tests/bench/lib%.c,$(wildcard tests/bench/*.c))
BENCHES  := $(BENCHSRC:%.c=$(BUILD)/%)

FUZZ_SECONDS ?= 60
BENCH_REPOS  ?= 1000
BENCH_ROUNDS ?= 5
JOBS          = $(if $(findstring -j,$(MAKEFLAGS))$(findstring jobserver,$(MAKEFLAGS)),,-j2)

all: svctop

help:
	@echo 'make                 build ./svctop'
	@echo 'make run             install what is missing, build, open the dashboard; ROOT=path:'
	@echo '                     over the checkouts there (else those in this folder, else a demo)'
	@echo 'make check           install what the tests need, build with -Werror, run all tests;'
	@echo '                     SAN=address,undefined: with sanitizers; VALGRIND=1: in valgrind'
	@echo 'make lint            formatting, static analysis, the house rules of CONTRIBUTING.md'
	@echo 'make fuzz            each fuzz target for FUZZ_SECONDS=60; FUZZ=name: that one'
	@echo 'make bench           ratios against other ways to do the same; BENCH_REPOS=1000'
	@echo 'make install         into $$DESTDIR$$PREFIX (PREFIX=/usr/local); make uninstall'
	@echo 'make deps            install the Debian packages that the build needs, nothing else'
	@echo 'make man             the keys of docs/svctop.1, from tui/keymap.h'
	@echo 'make dist            the tarball of HEAD, in build/'
	@echo 'make clean           remove what was built'
	@echo 'Also: CC, CFLAGS, LDFLAGS, WERROR=1, -j'

deps:
	@scripts/deps.sh build

run:
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory -s $(JOBS) svctop
	@scripts/run.sh "$(ROOT)"

svctop: $(BUILD)/svctop
	cp -f $< $@.new && mv -f $@.new $@

$(BUILD)/svctop: $(BUILD)/tui/main.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(OBJ)
	rm -f $@
	$(AR) rcs $@ $^

# .lax says that something was compiled without -Werror, so that `make check` does it again.
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -c -o $@ $<
	@$(if $(WERROR),,touch $(BUILD)/.lax)

$(BUILD)/%.o: $(BUILD)/%.c
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -c -o $@ $<

# Data files become C arrays: data_core_checklist_yml and data_core_checklist_yml_len.
.SECONDARY: $(DATA:%=$(BUILD)/%.c)
$(DATA:%=$(BUILD)/%.c): $(BUILD)/%.c: %
	@mkdir -p $(@D)
	@{ name=data_$$(printf %s '$*' | tr -c 'A-Za-z0-9' _); \
	   echo '#include <stddef.h>'; \
	   echo "extern const unsigned char $$name[]; extern const size_t $${name}_len;"; \
	   echo "const unsigned char $$name[] = {"; od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; \
	   echo '0};'; echo "const size_t $${name}_len = sizeof($$name) - 1;"; } > $@

$(TESTS): $(BUILD)/tests/%: tests/%.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -MF $@.d -MT $@ $(LDFLAGS) -o $@ $< \
		$(TESTLIB) $(LIB) $(LDLIBS) $(TESTFLAGS) -lutil
	@$(if $(WERROR),,touch $(BUILD)/.lax)

$(BENCHES): $(BUILD)/tests/bench/%: tests/bench/%.c $(wildcard tests/bench/lib*.c) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -MF $@.d -MT $@ $(LDFLAGS) -o $@ $< \
		$(wildcard tests/bench/lib*.c) $(LIB) $(LDLIBS) -lutil

# objects.c looks at what a scan reads; empty.c loads all libraries, used or not.
$(BUILD)/tests/bench/objects: LDFLAGS += -Wl,--wrap=objects_read
$(BUILD)/tests/bench/empty $(BUILD)/tests/bench/bench_recall: LDFLAGS += -Wl,--no-as-needed

# The library of fuzz targets is built by `make fuzz` with a BUILD, CC and SAN of its own.
$(FUZZERS): $(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -Wno-missing-prototypes -fsanitize=fuzzer \
		-MMD -MP -MF $@.d -MT $@ -o $@ $< $(LIB) $(LDLIBS)

# The README's pictures, drawn by the program itself.
pictures: svctop
	./svctop demo --script docs/pictures/pictures.script

tests: $(TESTS)
benches: $(BENCHES)
fuzzers: $(FUZZERS)

check:
	@scripts/deps.sh build test $(if $(VALGRIND),valgrind)
	@scripts/deps.sh servers || echo 'The tests that need these say that they were skipped' >&2
	@scripts/unpack.sh build/unpacked prometheus=prometheus nginx=nginx \
		prometheus-alertmanager=prometheus-alertmanager \
		prometheus-blackbox-exporter=prometheus-blackbox-exporter
	@if [ -e $(BUILD)/.lax ]; then rm -rf $(BUILD); fi
	@scripts/npm.sh build/npm tests/replay/contract/package.json
	@$(MAKE) --no-print-directory -s $(JOBS) WERROR=1 $(BUILD)/svctop tests
	@VALGRIND=$(VALGRIND) scripts/check.sh $(BUILD) $(TESTS) $(SHTESTS)

lint:
	@scripts/deps.sh build test lint
	@PKGFLAGS="$(PKGFLAGS)" VERSION=$(VERSION) scripts/lint.sh

fuzz:
	@scripts/deps.sh build fuzz
	@$(MAKE) --no-print-directory -s $(JOBS) BUILD=build-fuzz CC=clang OPT=-O1 \
		SAN=fuzzer-no-link,address,undefined fuzzers
	@scripts/fuzz.sh build-fuzz/tests/fuzz $(FUZZ_SECONDS) $(FUZZ)

bench:
	@scripts/deps.sh build bench
	@scripts/unpack.sh build/unpacked nginx=nginx
	@$(MAKE) --no-print-directory -s $(JOBS) svctop benches
	@BENCH_REPOS=$(BENCH_REPOS) BENCH_ROUNDS=$(BENCH_ROUNDS) tests/bench/bench.sh $(BUILD)

# Writes the keys of the manual page from the key table.
man: $(BUILD)/tests/tui/test_manpage
	SVCTOP_UPDATE=1 $<

share = $(DESTDIR)$(PREFIX)/share
install: svctop
	install -D -m 755 svctop $(DESTDIR)$(PREFIX)/bin/svctop
	install -D -m 644 docs/svctop.1 $(share)/man/man1/svctop.1
	install -D -m 644 completions/svctop.bash $(share)/bash-completion/completions/svctop
	install -D -m 644 completions/_svctop $(share)/zsh/site-functions/_svctop
	install -D -m 644 completions/svctop.fish $(share)/fish/vendor_completions.d/svctop.fish
	install -d $(share)/svctop/themes $(share)/doc/svctop/docs/pictures
	install -m 644 $(wildcard themes/*) $(share)/svctop/themes
	install -m 644 README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE $(share)/doc/svctop
	install -m 644 $(wildcard docs/*.md docs/*.json) $(share)/doc/svctop/docs
	install -m 644 $(wildcard docs/pictures/*.svg) $(share)/doc/svctop/docs/pictures
	@$(MAKE) --no-print-directory install-units

# The collector's: for a user's own systemd, and for the machine's.
units = $(DESTDIR)$(PREFIX)/lib/systemd
install-units:
	install -d $(units)/user $(units)/system
	sed 's|@BINDIR@|$(PREFIX)/bin|' dist/svctop-collect.service >$(units)/user/svctop-collect.service
	sed 's|@BINDIR@|$(PREFIX)/bin|' dist/svctop-collect-system.service \
		>$(units)/system/svctop-collect.service
	chmod 644 $(units)/user/svctop-collect.service $(units)/system/svctop-collect.service

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/svctop $(share)/man/man1/svctop.1 \
		$(share)/bash-completion/completions/svctop $(share)/zsh/site-functions/_svctop \
		$(share)/fish/vendor_completions.d/svctop.fish \
		$(units)/user/svctop-collect.service $(units)/system/svctop-collect.service
	rm -rf $(share)/svctop $(share)/doc/svctop

dist:
	@mkdir -p build
	git archive --prefix=svctop-$(VERSION)/ -o build/svctop-$(VERSION).tar.gz HEAD

clean:
	rm -rf build build-san build-fuzz svctop

.PHONY: all help man deps run pictures tests benches fuzzers check lint fuzz bench install \
	install-units uninstall dist clean
-include $(OBJ:.o=.d) $(TESTLIB:.o=.d) $(BUILD)/tui/main.d
-include $(TESTS:%=%.d) $(BENCHES:%=%.d) $(FUZZERS:%=%.d)
