# One Makefile.  A folder is a layer; every X_main.c in it is the program X,
# everything else goes into the folder's archive.  Adding a file edits nothing.
#
#   make                  build/debug/bin/*         VARIANT=debug|asan|tsan|release
#   make demo             a whole grid on loopback, one real job; demo-stop ends it
#   make check            every test                check-unit, check-it: a part; of that TESTS="test_dn ..."
#   make check-full       every variant, whole campaigns, fuzz, benchmarks
#   make bench BENCH=soap the figures of one folder of tests/bench
#   make fuzz             FUZZ_SECONDS=10 for each target
#   make lint analyze     format, shell, cppcheck; gcc -fanalyzer
#   make man              what is written from base/conf.def
#   make install          the release variant; DESTDIR, prefix, sysconfdir
#   make uninstall        the same files again; the configuration stays
#                                                   V=1: show commands
VARIANT ?= $(if $(filter install install-files uninstall,$(MAKECMDGOALS)),release,debug)
B       := build/$(VARIANT)
GEN     := build/gen
LAYERS   = base gsi http soap wsrf info jobs gridftp gatekeeper mds clients
PKGS     = libssl libcrypto libxml-2.0 libcurl sqlite3 jansson inih zlib liburcu-bp liburcu-cds

prefix    ?= /usr/local
sysconfdir ?= /etc
libdir     = $(prefix)/lib
libexecdir = $(prefix)/libexec/gatehouse
datadir    = $(prefix)/share/gatehouse
unitdir    = $(prefix)/lib/systemd/system
bashdir    = $(prefix)/share/bash-completion/completions
zshdir     = $(prefix)/share/zsh/site-functions
VERSION   := 0.1.1

CPPFLAGS += -I. -I$(GEN) -D_GNU_SOURCE -DGATEHOUSE_VERSION='"$(VERSION)"' -MMD -MP
CPPFLAGS += $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
ifneq ($(sysconfdir),/etc)
CPPFLAGS += -DGATEHOUSE_CONF='"$(sysconfdir)/gatehouse/gatehouse.conf"'
endif
CFLAGS   ?= -g
CFLAGS   += -std=c11 -fno-common -pthread
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla \
            -Wundef -Wimplicit-fallthrough -Wswitch-enum
ifneq ($(WERROR),0)
WARN     += -Werror
endif
cc-ok     = $(shell $(CC) -Werror $(1) -c -xc /dev/null -o /dev/null 2>/dev/null && echo '$(1)')
PIE      := -fPIE
LINKPIE  := -pie
ifneq ($(VARIANT),release)
CPPFLAGS += -DTEST_POINTS -DLOCK_ORDER
endif
ifeq ($(VARIANT),debug)
CFLAGS   += -O1 -fstack-protector-strong
else ifeq ($(VARIANT),release)
CFLAGS   += -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
            $(call cc-ok,-fstack-clash-protection) $(call cc-ok,-fcf-protection) \
            $(call cc-ok,-ftrivial-auto-var-init=zero)
LDFLAGS  += -Wl,-z,relro,-z,now,-z,noexecstack
else ifeq ($(VARIANT),asan)
CFLAGS   += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS  += -fsanitize=address,undefined
else ifeq ($(VARIANT),tsan)
CFLAGS   += -O1 -fno-omit-frame-pointer -fsanitize=thread
LDFLAGS  += -fsanitize=thread
else ifeq ($(VARIANT),fuzz)
ifeq ($(findstring clang,$(CC)),)
override CC := clang
endif
WARN     += -Wno-unknown-warning-option -Wno-cast-qual
CFLAGS   += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LDFLAGS  += -fsanitize=address,undefined
else
$(error VARIANT is debug, asan, tsan, release or fuzz, not '$(VARIANT)')
endif
LDLIBS   += -Wl,--as-needed $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lgsoap -lseccomp -lm -pthread

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(patsubst $(B)/%,%,$@);)

sources  := $(shell find $(LAYERS) -name '*.c' 2>/dev/null)
mains    := $(filter %_main.c,$(sources))
programs := $(patsubst %_main.c,%,$(notdir $(mains)))
objs      = $(patsubst %.c,$(B)/%.o,$(filter $(1)/%,$(filter-out %_main.c,$(sources))))
present  := $(foreach d,$(LAYERS),$(if $(call objs,$(d)),$(d)))
WSDLS    := $(sort $(wildcard wsdl/*.wsdl))
STUBS    := $(if $(WSDLS),$(B)/stubs.a)
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
ARCHIVES := $(patsubst %,$(B)/%.a,$(present)) $(STUBS)

# What a program of a folder links: its own archive and the layers below.
BELOW_gridftp    = gridftp info wsrf soap http gsi base
BELOW_gatekeeper = gatekeeper info wsrf soap http jobs gsi base
BELOW_mds        = mds wsrf soap http gsi base
BELOW_clients    = clients gridftp wsrf soap http jobs gsi base
below = $(patsubst %,$(B)/%.a,$(filter $(present),$(BELOW_$(1)))) $(STUBS)

all: $(patsubst %,$(B)/bin/%,$(programs))

# The files of wsdl/ as text inside the programs that serve them.
EMBED    := $(sort $(wildcard wsdl/*.wsdl wsdl/*.xsd))
soap_more = $(B)/gen/wsdl_files.o
$(B)/gen/wsdl_files.c: $(EMBED) soap/wsdl_page.h Makefile
	@mkdir -p $(@D)
	$(call say,EMBED){ echo '#include "soap/wsdl_page.h"'; echo '__asm__(".section .rodata;"'; \
	  n=0; for f in $(EMBED); do n=$$((n+1)); echo "\"wsdl_text_$$n: .incbin \\\"$$f\\\"; .byte 0;\""; done; \
	  echo '".previous");'; n=0; for f in $(EMBED); do n=$$((n+1)); echo "extern const char wsdl_text_$$n[];"; done; \
	  echo 'const struct wsdl_file wsdl_files[] = {'; n=0; \
	  for f in $(EMBED); do n=$$((n+1)); echo "{ \"$${f##*/}\", wsdl_text_$$n },"; done; echo '{ NULL, NULL } };'; } >$@
$(B)/gen/wsdl_files.o: $(B)/gen/wsdl_files.c $(EMBED)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) $(PIE) $(WARN) -c -o $@ $<

define archive_rule
$(B)/$(1).a: $$(call objs,$(1)) $$($(1)_more)
	@mkdir -p $$(@D)
	$$(call say,AR)rm -f $$@; $$(AR) rcs $$@ $$^
endef
$(foreach d,$(present),$(eval $(call archive_rule,$(d))))

# The job starter is copied into sessions and onto nodes: static, and nothing
# but base/ in it.  asan cannot be static.
STATIC_PROGRAMS := $(if $(filter debug release,$(VARIANT)),gatekeeper-job)
define program_rule
$(B)/bin/$(patsubst %_main.c,%,$(notdir $(1))): $(B)/$(1:.c=.o) $(call below,$(firstword $(subst /, ,$(1))))
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$< \
	  $(if $(filter $(patsubst %_main.c,%,$(notdir $(1))),$(STATIC_PROGRAMS)),-static $(filter %/gatekeeper.a,$(ARCHIVES)) $(B)/base.a,\
	  $(LINKPIE) -Wl$(comma)--start-group $$(filter %.a,$$^) -Wl$(comma)--end-group $$(LDLIBS))
endef
comma := ,
$(foreach m,$(mains),$(eval $(call program_rule,$(m))))

# What is missing is said in a sentence, before a compiler says it: HEADER:PACKAGE.
NEEDS_BUILD = openssl/ssl.h:libssl-dev libxml2/libxml/tree.h:libxml2-dev curl/curl.h:libcurl4-openssl-dev sqlite3.h:libsqlite3-dev \
              jansson.h:libjansson-dev ini.h:libinih-dev zlib.h:zlib1g-dev urcu-bp.h:liburcu-dev seccomp.h:libseccomp-dev stdsoap2.h:libgsoap-dev
NEEDS_TESTS = cmocka.h:libcmocka-dev
needs = $(Q)mkdir -p $(@D); missing=; for n in $(1); do \
	  echo "\#include <$${n%:*}>" | $(CC) $(filter-out -M%,$(CPPFLAGS)) -E -include stdarg.h -include stddef.h -include setjmp.h -include stdint.h -xc - >/dev/null 2>&1 || \
	  missing="$$missing $${n\#*:}"; done; \
	[ -z "$$missing" ] || { echo "this machine lacks what $(2): as root run  apt-get install$$missing" >&2; exit 1; }; touch $@
$(B)/needs.build: Makefile
	$(call needs,$(NEEDS_BUILD),building Gatehouse needs)
$(B)/needs.tests: Makefile
	$(call needs,$(NEEDS_TESTS),the unit tests need)
$(B)/%.o: %.c | $(B)/needs.build
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) $(PIE) $(WARN) -c -o $@ $<

# Generated SOAP code lives in build/gen and is compiled without our warnings.
# One wsdl2h run over all WSDLs: two sets of stubs share their symbols.  Only
# the serialisers are used, and they are long: quickly made but for release.
$(GEN)/soapH.h: $(WSDLS) $(wildcard wsdl/*.xsd wsdl/typemap.dat)
	@mkdir -p $(@D)
	$(Q)printf '  SOAP  %s\n' "$(WSDLS)"; cd $(@D) && rm -f *.nsmap && \
	  wsdl2h -c -v -t $(abspath wsdl/typemap.dat) -I$(abspath wsdl) -o services.gsoap.h $(abspath $(WSDLS)) >log 2>&1 && \
	  soapcpp2 -c -C -L -x -p soap -I/usr/share/gsoap/import services.gsoap.h >>log 2>&1 || \
	  { cat log; rm -f soapH.h; false; }
	@cd $(@D) && for m in *.nsmap; do cp $$m services.nsmap; break; done
$(GEN)/soapC.c: $(GEN)/soapH.h ;
# soap_fault() is a name of soap/soap_service.h, and of gSOAP's inner works.
$(B)/gen/soapC.o: $(GEN)/soapC.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) -Dsoap_fault=generated_soap_fault $(if $(filter release,$(VARIANT)),$(CFLAGS) -O1,-std=c11 -O0) $(PIE) -w -c -o $@ $<
$(B)/stubs.a: $(B)/gen/soapC.o
	$(call say,AR)rm -f $@; $(AR) rcs $@ $^
$(patsubst %.c,$(B)/%.o,$(filter %_soap.c,$(sources))) $(filter %_soap,$(UNIT)): | $(if $(WSDLS),$(GEN)/soapH.h)
.SECONDARY:

# Every *.t below tests/it, tests/interop and tests/dialog is a script that
# speaks TAP, as the unit tests do.
TESTLIB := $(patsubst %.c,$(B)/%.o,$(wildcard tests/lib/lib_*.c))
$(B)/unit/%: tests/unit/%.c $(TESTLIB) $(ARCHIVES) | $(B)/needs.tests
	@mkdir -p $(@D)
	$(call say,UNIT)$(CC) $(CPPFLAGS) $(CFLAGS) $(PIE) $(WARN) $(LDFLAGS) $(LINKPIE) -o $@ $< $(TESTLIB) \
	  -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS) -lcmocka

# Small programs that tests drive: tests/lib/X_tool.c is build/VARIANT/tests/X.
TOOLS := $(patsubst tests/lib/%_tool.c,$(B)/tests/%,$(wildcard tests/lib/*_tool.c))
TOOLLIB := $(B)/tests/lib/lib_toolline.o
$(B)/tests/%: tests/lib/%_tool.c $(TOOLLIB) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,TOOL)$(CC) $(CPPFLAGS) $(CFLAGS) $(PIE) $(WARN) $(LDFLAGS) $(LINKPIE) -o $@ $< $(TOOLLIB) \
	  -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS)
# Libraries that tests preload: tests/lib/X_preload.c is build/VARIANT/tests/X.so.
PRELOADS := $(patsubst tests/lib/%_preload.c,$(B)/tests/%.so,$(wildcard tests/lib/*_preload.c))
$(B)/tests/%.so: tests/lib/%_preload.c
	@mkdir -p $(@D)
	$(call say,SO)$(CC) -g -O1 -std=c11 -D_GNU_SOURCE $(WARN) -fPIC -shared -o $@ $< -ldl

JOBS   ?= $(shell nproc)
TESTS  ?= $(sort $(shell find tests/it tests/interop tests/dialog -name '*.t' 2>/dev/null))
RUN     = SRC=$(CURDIR) BIN=$(abspath $(B))/bin TOOLS=$(abspath $(B))/tests CMOCKA_MESSAGE_OUTPUT=TAP \
          perl tests/lib/run-tests -j $(JOBS) $(if $(V),-v)
check: packages-test
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all tests-built
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) VARIANT=asan unit-built
	$(Q)$(MAKE) --no-print-directory fuzz-built
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) $(RUN) $(UNIT) $(patsubst $(B)/%,build/asan/%,$(UNIT)) $(TESTS) tests/fuzz/run.t
unit-built: $(UNIT)
tests-built: $(UNIT) $(TOOLS) $(PRELOADS)
# All of them, or those that TESTS names: test_dn, tests/unit/test_dn.c.
UNIT_ASKED = $(if $(filter command,$(firstword $(origin TESTS))),$(patsubst %,$(B)/unit/%,$(basename $(notdir $(TESTS)))),$(UNIT))
check-unit: $(UNIT_ASKED)
	$(Q)$(RUN) $(UNIT_ASKED)
check-it: all tests-built
	$(Q)$(RUN) $(TESTS)
check-full: packages-test
	$(Q)tests/lib/check-full

# Fuzz targets: tests/fuzz/fuzz_X.c, corpus in tests/fuzz/corpus/X.
FUZZ_SECONDS ?= 3
FUZZERS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(TESTLIB) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,FUZZ)clang $(CPPFLAGS) $(CFLAGS) $(WARN) -fsanitize=fuzzer,address,undefined -o $@ $< $(TESTLIB) \
	  -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS) -lcmocka
fuzzers: $(if $(filter fuzz,$(VARIANT)),$(FUZZERS))
fuzz-built:
	$(Q)$(if $(FUZZERS),$(MAKE) --no-print-directory -j$(JOBS) VARIANT=fuzz fuzzers)
fuzz: packages-test fuzz-built
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) $(RUN) tests/fuzz/run.t

bench: packages-test
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) VARIANT=release all tests-built
	$(Q)SRC=$(CURDIR) BIN=$(CURDIR)/build/release/bin TOOLS=$(CURDIR)/build/release/tests tests/bench/run $(BENCH)

demo:
	$(Q)examples/demo/demo start
demo-stop:
	$(Q)examples/demo/demo stop

# What the distribution must have, one list each (debian/packages.*), and what
# npm brings into build/npm.
packages-build:
	$(Q)debian/install-packages debian/packages.build
packages-test: packages-build
	$(Q)debian/install-packages debian/packages.test
	$(Q)debian/install-npm debian/packages.npm

C_ALL := $(shell find $(LAYERS) tests -name '*.[ch]' 2>/dev/null)
lint:
	$(Q)clang-format --dry-run -Werror $(C_ALL)
	$(Q)shellcheck -S warning -e SC1091,SC2016,SC2317,SC2034,SC2154 $$(grep -rlE '^#!/bin/(ba)?sh|^#!/usr/bin/env bash' .ci debian etc examples tests --include='*' 2>/dev/null)
	$(Q)docs/man/events-page $(filter-out tests/%,$(filter %.c,$(C_ALL)))
	$(Q)cppcheck -q --std=c11 -I. --enable=warning,portability --error-exitcode=1 --inline-suppr --suppress='*:build/*' $(foreach d,$(present),$(d))
# Its findings are for people: it looks at one file at a time and does not know
# that err_set() is always -1.
analyze:
	$(Q)$(MAKE) VARIANT=debug B=build/analyze CFLAGS='-g -fanalyzer' WARN='$(filter-out -Werror,$(WARN))' all

# The sample configuration, its page, the page of events; a test says when they are stale.
man: all
	$(B)/bin/mds --sample-conf >etc/gatehouse.conf
	BIN=$(B)/bin docs/man/conf-page >docs/man/gatehouse.conf.5
	docs/man/events-page >docs/events.md

# What people type in bin/, the daemons in sbin/, what daemons start in
# libexec/gatehouse.  An existing configuration is left alone.
HELPERS  := gatekeeper-runner gatekeeper-job gridftp-register
COMMANDS  = $(filter grid%,$(filter-out gridftp $(HELPERS),$(programs)))
DAEMONS   = $(filter-out $(COMMANDS) $(HELPERS),$(programs))
put       = install -d $(DESTDIR)$(2) && install -m $(1) $(3) $(DESTDIR)$(2)
conf     := $(DESTDIR)$(sysconfdir)/gatehouse/gatehouse.conf
# The GridFTP client library for other programs: headers as in the tree, one
# archive, gatehouse-ftpclient.pc.
CLIENT_LIB  := $(B)/libgatehouse-ftpclient.a
CLIENT_HEAD := base/buf.h base/err.h base/err.def gridftp/proto/facts.h gridftp/proto/ranges.h \
               gsi/chain/chain.h gsi/cred.h gridftp/client/ftpclient.h
$(CLIENT_LIB): $(call objs,base) $(call objs,gsi) $(filter-out $(B)/gridftp/server/%,$(call objs,gridftp))
	$(call say,AR)rm -f $@; $(AR) rcs $@ $^
client-library: $(CLIENT_LIB)
all: client-library $(B)/events.checked
# An event of the log that docs/events.md does not have ends the build.
$(B)/events.checked: base/log_event.def docs/man/events-page $(sources)
	$(Q)mkdir -p $(@D); docs/man/events-page $(sources) && touch $@
install: all install-files
install-library:
	$(call put,644,$(libdir),$(CLIENT_LIB))
	$(foreach h,$(CLIENT_HEAD),$(call put,644,$(prefix)/include/gatehouse/$(dir $(h)),$(h)) &&) true
	install -d $(DESTDIR)$(libdir)/pkgconfig
	sed 's|@prefix@|$(prefix)|; s|@libdir@|$(libdir)|; s|@version@|$(VERSION)|' gridftp/client/gatehouse-ftpclient.pc.in \
	  >$(DESTDIR)$(libdir)/pkgconfig/gatehouse-ftpclient.pc
install-files: install-library
	$(call put,755,$(prefix)/bin,$(COMMANDS:%=$(B)/bin/%))
	$(call put,755,$(prefix)/sbin,$(DAEMONS:%=$(B)/bin/%))
	$(call put,755,$(libexecdir),$(HELPERS:%=$(B)/bin/%))
	$(call put,644,$(datadir)/wsdl,$(wildcard wsdl/*.wsdl wsdl/*.xsd))
	$(call put,644,$(datadir)/jobs,$(wildcard examples/jobs/*))
	$(foreach n,1 5 8,$(call put,644,$(prefix)/share/man/man$(n),$(wildcard docs/man/*.$(n))) &&) true
	$(call put,644,$(prefix)/lib/sysusers.d,etc/sysusers.d/gatehouse.conf)
	$(call put,644,$(prefix)/lib/tmpfiles.d,etc/tmpfiles.d/gatehouse.conf)
	install -d $(DESTDIR)$(unitdir)
	for u in etc/systemd/*.service; do \
	  sed 's|/usr/sbin/|$(prefix)/sbin/|' $$u >$(DESTDIR)$(unitdir)/$${u##*/} && chmod 644 $(DESTDIR)$(unitdir)/$${u##*/} || exit; done
	$(call put,644,$(sysconfdir)/logrotate.d,etc/logrotate.d/gatehouse)
	install -d $(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir)
	for p in $(COMMANDS) $(DAEMONS); do \
	  BIN=$(abspath $(B))/bin etc/completion/completion bash $$p >$(DESTDIR)$(bashdir)/$$p && \
	  BIN=$(abspath $(B))/bin etc/completion/completion zsh $$p >$(DESTDIR)$(zshdir)/_$$p && \
	  chmod 644 $(DESTDIR)$(bashdir)/$$p $(DESTDIR)$(zshdir)/_$$p || exit; done
	[ -e $(conf) ] || { install -d $(dir $(conf)) && install -m 644 etc/gatehouse.conf $(conf); }
# What install-files puts, taken from where it is put; what is no file of ours stays.
uninstall:
	$(Q)list=$$(mktemp -d) && trap 'rm -rf "$$list"' EXIT && \
	$(MAKE) --no-print-directory install-files VARIANT=$(VARIANT) prefix=$(prefix) sysconfdir=$(sysconfdir) DESTDIR="$$list" >/dev/null && \
	cd "$$list" && find . -type f ! -path '.$(sysconfdir)/gatehouse/*' | while read -r f; do rm -f "$(DESTDIR)/$$f"; done && \
	find . -depth -type d -name gatehouse ! -path '.$(sysconfdir)/*' -o -depth -type d -path '*/gatehouse/*' | while read -r d; do \
	  [ ! -d "$(DESTDIR)/$$d" ] || rmdir --ignore-fail-on-non-empty "$(DESTDIR)/$$d"; done

clean:
	rm -rf build
.PHONY: client-library all check check-unit check-it check-full unit-built tests-built fuzz fuzzers fuzz-built bench demo \
        demo-stop packages-build packages-test lint analyze man install install-files install-library uninstall clean
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
