# SPDX-License-Identifier: Apache-2.0
# One Makefile for everything; `make help` lists what it can do. Objects of each variant live in build/<variant>/.

VARIANT   ?= release
V         ?= 0
WERROR    ?= 0
CC        := gcc
CLANG     ?= clang
PREFIX    ?= /usr/local
DESTDIR   ?=
ARCH      := $(shell uname -m | sed 's/x86_64/x86/;s/aarch64/arm64/')
VERSION   := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

ifeq ($(VARIANT),fuzz)
CC := $(CLANG)
endif

B := build/$(VARIANT)
comma := ,
Q := $(if $(filter 0,$(V)),@)
say = $(if $(filter 0,$(V)),@printf '  %-5s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
        -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wconversion -Wsign-conversion -Wdouble-promotion \
        -Wnull-dereference -Wimplicit-fallthrough
ifneq ($(findstring clang,$(CC)),)
WARN += -Wcomma
else
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
endif
ifeq ($(WERROR),1)
WARN += -Werror
endif

CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_purity  := -O1
CFLAGS_fuzz    := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
LDFLAGS_asan    := -fsanitize=address,undefined
LDFLAGS_fuzz    := -fsanitize=address,undefined,fuzzer
CPPFLAGS := -D_GNU_SOURCE -DRP_VERSION='"$(VERSION)"' -Iinclude -Iuserspace -I$(B)/gen
CFLAGS   := -std=gnu17 $(CFLAGS_$(VARIANT)) $(WARN) -ffile-prefix-map=$(CURDIR)/=
# Decisions must replay byte for byte on another machine, so the core never lets the compiler fuse a multiply-add.
CFLAGS_core := -ffp-contract=off

# ---- libraries: one per room of userspace/, in the order in which they may depend on each other
ROOMS := base core config node link cli wrap app
src_of = $(sort $(shell find userspace/$(1) -name '*.c' ! -name 'main_*' 2>/dev/null))
$(foreach r,$(ROOMS),$(eval SRC_$(r) := $(call src_of,$(r))))
obj_of = $(patsubst %.c,$(B)/%.o,$(SRC_$(1)))
lib_of = $(B)/lib$(1).a

LIBS_base   :=
LIBS_daemon := -lbpf -lelf -lz -lcyaml -lyaml -lcap -lseccomp -lcurl -levent -ljansson
LIBS_cli    := -lcyaml -lyaml -ljansson -lncursesw -ltinfo -lbpf -lelf -lz -lcap

BPF_SRC := $(sort $(wildcard bpf/*.bpf.c))
BPF_OBJ := $(BPF_SRC:bpf/%.c=$(B)/bpf/%.o)

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all help deps demo check test purity rules vm-test vm-matrix vm-cost bench score corpus format format-check analyze fuzz compdb install clean

## all: build everything of this variant (VARIANT=release|asan) into build/<variant>/
all: $(B)/reprieved $(B)/reprieve $(B)/reprieve-wrap

## help: list the targets
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | awk -F': ' '{printf "  %-14s %s\n", $$1, $$2}'

# ---- compile
$(B)/userspace/core/%.o: userspace/core/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CFLAGS_core) -MMD -MP -c -o $@ $<

$(B)/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu17 -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Werror \
		-Iinclude -Ibpf -MMD -MP -c -o $@ $<

# The BPF objects travel inside the daemon: an assembler file includes them, so there is nothing to install or lose.
$(B)/gen/bpf_objects.S: $(BPF_OBJ) Makefile
	@mkdir -p $(@D)
	$(Q){ echo '.section .rodata,"a"'; \
	  for o in $(BPF_OBJ); do n=$$(basename $$o .bpf.o); \
	    printf '.balign 8\nrp_bpf_%s:\n.incbin "%s"\nrp_bpf_%s_end:\nrp_bpf_%s_name: .asciz "%s"\n' $$n $$o $$n $$n $$n; done; \
	  printf '.section .data.rel.ro,"aw"\n.balign 8\n.globl rp_bpf_images\nrp_bpf_images:\n'; \
	  for o in $(BPF_OBJ); do n=$$(basename $$o .bpf.o); \
	    printf '.quad rp_bpf_%s_name, rp_bpf_%s, rp_bpf_%s_end - rp_bpf_%s\n' $$n $$n $$n $$n; done; \
	  printf '.quad 0, 0, 0\n.section .note.GNU-stack,"",@progbits\n'; } > $@

$(B)/gen/bpf_objects.o: $(B)/gen/bpf_objects.S
	$(Q)$(CC) -c -o $@ $<

# A removed .c must not leave its object in the archive, so the list of objects is itself a prerequisite.
define room_rules
$(B)/gen/$(1).list: FORCE
	@mkdir -p $$(@D); echo '$(call obj_of,$(1))' | cmp -s - $$@ || echo '$(call obj_of,$(1))' > $$@
$(call lib_of,$(1)): $(call obj_of,$(1)) $(B)/gen/$(1).list
	$$(call say,AR,$$@)
	@rm -f $$@
	$(Q)ar rcsD $$@ $(call obj_of,$(1))
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))
FORCE:

$(B)/reprieved: $(B)/userspace/app/main_reprieved.o $(call lib_of,app) $(call lib_of,link) $(call lib_of,node) $(call lib_of,config) \
                $(call lib_of,core) $(call lib_of,base) $(B)/gen/bpf_objects.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS_daemon)

$(B)/reprieve: $(B)/userspace/app/main_reprieve.o $(call lib_of,cli) $(call lib_of,node) $(call lib_of,config) $(call lib_of,core) \
               $(call lib_of,base) $(B)/gen/bpf_objects.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(LIBS_cli)

# The first process of somebody else's container: nothing but itself may be needed there. Sanitizers cannot be linked in.
$(B)/reprieve-wrap: $(B)/userspace/wrap/main_wrap.o $(call lib_of,wrap) $(call lib_of,core) $(call lib_of,base)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(if $(filter release,$(VARIANT)),-static-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now,$(LDFLAGS_$(VARIANT))) -o $@ $^

# ---- tests
UNIT_SRC := $(sort $(shell find tests/unit tests/property -name 'test_*.c' 2>/dev/null))
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
HARNESS  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/harness/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/tests/fuzz/%)
TEST_LIBS := $(foreach r,app wrap cli link node config core base,$(call lib_of,$(r)))

$(B)/tests/unit/% $(B)/tests/property/% $(B)/tests/golden/% $(B)/tests/bench/%: CPPFLAGS += -Itests
$(B)/tests/%: $(B)/tests/%.o $(HARNESS) $(TEST_LIBS) $(B)/gen/bpf_objects.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $< $(HARNESS) $(TEST_LIBS) $(TEST_LIBS) $(B)/gen/bpf_objects.o \
		-lcmocka $(LIBS_daemon) -lncursesw -ltinfo

$(B)/tests/vm/programs/%.bpf.o: tests/vm/programs/%.bpf.c
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu17 -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Werror \
		-Iinclude -Ibpf -MMD -MP -c -o $@ $<

# What runs inside a VM: only the libraries that the guest's root file system has.
$(B)/tests/vm/programs/%: $(B)/tests/vm/programs/%.o $(call lib_of,node) $(call lib_of,core) $(call lib_of,base) $(B)/gen/bpf_objects.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $^ -lbpf -lelf -lz

# Asks the core about generated nodes.
$(B)/tests/agree/%: $(B)/tests/agree/%.o $(call lib_of,core) $(call lib_of,base)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $^

# Runs the core over made-up or recorded series, a million readings at a time.
$(B)/tests/score/%: $(B)/tests/score/%.o $(call lib_of,core) $(call lib_of,base)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $^

# Reads recordings with the daemon's own reader.
$(B)/tests/corpus/%: $(B)/tests/corpus/%.o $(call lib_of,node) $(call lib_of,core) $(call lib_of,base) $(B)/gen/bpf_objects.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $^ -lbpf -lelf -lz

# Outside the fuzz variant the same target replays its corpus: a plain main() that feeds every file named to it.
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(if $(filter fuzz,$(VARIANT)),,$(B)/tests/fuzz/replay_main.o) $(TEST_LIBS) $(B)/gen/bpf_objects.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $(filter %.o,$^) $(TEST_LIBS) $(TEST_LIBS) $(LIBS_daemon) -lncursesw -ltinfo

# A test preloads it into the daemon: whoever allocates after mlockall() dies.
$(B)/tests/harness/nomalloc.so: tests/harness/preload/nomalloc.c tests/harness/preload/build
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)CC="$(CC)" tests/harness/preload/build $@

unit-binaries: $(UNIT_BIN)
fuzz-binaries: $(FUZZ_BIN)
.PHONY: unit-binaries fuzz-binaries

## deps: install every Debian package that building, testing and the demo need (root), or say which are missing
deps:
	@tests/deps

## demo: a real assembly on a real kernel, dying without Reprieve and living with it (installs what it needs)
demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo/demo

## check: every test: rules, unit, property, fuzz corpora, stand-ins, one slice of VM scenarios (installs what it needs)
check: deps
	@tests/run check

## test: the tests that need no root and no VM, in seconds
test:
	@tests/run quick

## vm-test: the VM scenarios of `check` alone; K=6.1 for one kernel, S=name for one scenario
vm-test: deps
	@tests/run vm

## vm-matrix: BPF programs and degraded modes on every kernel, cell by cell; S=scenario K=6.1 FORCE=1; tests/vm/results/matrix.md
vm-matrix: deps
	@tests/vm/matrix matrix

## vm-cost: instructions and memory that the BPF programs take, and storms of events, on every kernel; as above
vm-cost: deps
	@tests/vm/matrix cost

## bench: cost of the guard in a VM beside a peer, paired; prints ratios
bench: deps
	@$(MAKE) --no-print-directory all
	@tests/bench/bench

## score: how good the forecast is, beside simple rules, over series whose end is known; writes tests/score/results
score: $(B)/tests/score/foresee
	@tests/score/score --program $< --results tests/score/results

## corpus: record real programs in virtual machines, those without a recording; hours; R=name, family, set or end FORCE=1 JOBS=2
corpus: deps
	@tests/corpus/corpus

## fuzz: run every fuzz target for T seconds (default 20) from its corpus; F=name for one
fuzz:
	@tests/run fuzz

## purity: the core may call nothing but a handful of memory functions; the linker's symbol table says whether it does
purity:
	@$(MAKE) --no-print-directory VARIANT=purity build/purity/libcore.a
	@tests/check/purity build/purity/libcore.a

## rules: the house rules (layers, headers alone, banned calls, sizes, SPDX)
rules:
	@tests/check/rules

## format: rewrite the C sources with clang-format
format:
	@git ls-files '*.c' '*.h' | xargs -r clang-format-14 -i

## format-check: say which C sources clang-format would change
format-check:
	@git ls-files '*.c' '*.h' | xargs -r clang-format-14 --dry-run -Werror

## analyze: clang-tidy over the userspace sources
analyze: $(B)/gen/bpf_objects.S
	@git ls-files 'userspace/*.c' | xargs -r -P2 -n8 clang-tidy-14 --quiet -- $(CPPFLAGS) -std=gnu17

## compdb: write compile_commands.json for clangd
compdb:
	@bear -- $(MAKE) -B all

## install: DESTDIR= PREFIX=; the daemon, the tool, the wrapper for containers and the sample configuration
install: all
	install -D -m 0755 $(B)/reprieved $(DESTDIR)$(PREFIX)/sbin/reprieved
	install -D -m 0755 $(B)/reprieve $(DESTDIR)$(PREFIX)/bin/reprieve
	install -D -m 0755 $(B)/reprieve-wrap $(DESTDIR)$(PREFIX)/bin/reprieve-wrap
	install -D -m 0644 deploy/reprieve.yaml $(DESTDIR)/etc/reprieve/reprieve.yaml

## clean: remove build/
clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
