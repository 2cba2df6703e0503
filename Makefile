# svctop. `make help` lists the targets.

CC       ?= cc
PREFIX   ?= /usr/local
BUILD    ?= build$(if $(SAN),-san)
OPT      ?= -O2
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wformat=2
VERSION  := 0.1.0

PKGS     := ncursesw libgit2 jansson yaml-0.1 libpcre2-8 expat md4c libseccomp
ALLCPP    = -D_GNU_SOURCE -D_XOPEN_SOURCE_EXTENDED -DVERSION='"$(VERSION)"' -I. -I$(BUILD)
ALLFLAGS  = -std=c17 -g $(OPT) $(WARN) $(if $(WERROR),-Werror) -fno-omit-frame-pointer $(SANFLAGS) \
            $(PKGFLAGS) $(CFLAGS)
PKGFLAGS := $(shell pkg-config --cflags $(PKGS))
LDLIBS   := $(shell pkg-config --libs $(PKGS))
SANFLAGS  = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
LDFLAGS  += $(SANFLAGS)

SRC      := $(filter-out tui/main.c,$(wildcard core/*.c fetch/*.c tui/*.c))
DATA     := core/checklist.yml $(wildcard themes/*)
GEN      := $(patsubst %,$(BUILD)/%.c,$(filter $(wildcard $(DATA)),$(DATA)))
OBJ      := $(SRC:%.c=$(BUILD)/%.o) $(GEN:.c=.o)
LIB      := $(BUILD)/libsvctop.a
TESTSRC  := $(wildcard tests/*/test_*.c)
TESTS    := $(TESTSRC:%.c=$(BUILD)/%)
TESTLIB  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
TESTPKGS  = cmocka vterm

all: svctop

svctop: $(BUILD)/svctop
	cp $< $@

$(BUILD)/svctop: $(BUILD)/tui/main.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: $(BUILD)/%.c
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -c -o $@ $<

# Data files become C arrays: data_core_checklist_yml and data_core_checklist_yml_len.
$(BUILD)/%.c: %
	@mkdir -p $(@D)
	@{ name=data_$$(printf %s '$*' | tr -c 'A-Za-z0-9' _); \
	   echo '#include <stddef.h>'; \
	   echo "extern const unsigned char $$name[]; extern const size_t $${name}_len;"; \
	   echo "const unsigned char $$name[] = {"; od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; \
	   echo '0};'; echo "const size_t $${name}_len = sizeof($$name) - 1;"; } > $@

$(BUILD)/tests/%: tests/%.c $(TESTLIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLCPP) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(TESTLIB) $(LIB) \
		$(LDLIBS) $(shell pkg-config --cflags --libs $(TESTPKGS)) -lutil

tests: $(TESTS)

clean:
	rm -rf build build-san svctop

.PHONY: all tests clean
-include $(OBJ:.o=.d) $(TESTS:%=%.d) $(TESTLIB:.o=.d) $(BUILD)/tui/main.d
