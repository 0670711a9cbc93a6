# SPDX-License-Identifier: GPL-2.0-or-later
#
# OpenVPP: the one entry. Everything that is built or tested goes to build/.
#
#   make              programs and kernel module       make check   all tests
#   make demo         a site's day, live               make vm      a shell in the bench
#   make help         all targets and their options

VERSION := 0.1.0
KERNEL  ?= 6.12-rt
# The kernels that "make check" boots: both, unless one was asked for.
KERNELS ?= $(if $(filter file,$(origin KERNEL)),6.12 6.12-rt,$(KERNEL))

BUILD := build
CACHE := $(or $(OPENVPP_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/openvpp)
# The parts of the kernel source that "make deps" fetches.
KSRC  := $(CACHE)/linux-source-6.12

CC    ?= cc
CLANG ?= clang
# Recursive on purpose: the libraries may be installed by "make deps" first.
PACKAGES  = libnl-genl-3.0 liburing sqlite3 jansson libsodium yaml-0.1 libmodbus libcbor libzstd nettle libsecp256k1 libcurl
CPPFLAGS += -D_GNU_SOURCE -DOVPP_VERSION='"$(VERSION)"' -Iinclude/uapi -Ikmod -iquote userspace/lib
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror
LIBS      = $(shell pkg-config --libs $(PACKAGES)) $(LIBBPF_LIBS) -lm -pthread
COMPILE   = -std=gnu17 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) -pthread $(shell pkg-config --cflags $(PACKAGES)) $(LIBBPF_CFLAGS) -MMD -MP

# The system's libbpf if it is new enough, else the one that "make deps" unpacked.
has_libbpf    = $(shell pkg-config --atleast-version=1.4 libbpf 2>/dev/null && echo yes)
LIBBPF_CFLAGS = $(if $(has_libbpf),$(shell pkg-config --cflags libbpf),-isystem $(CACHE)/libbpf/include)
LIBBPF_LIBS   = $(if $(has_libbpf),$(shell pkg-config --libs libbpf),$(CACHE)/libbpf/lib/libbpf.a -lelf -lz)

# <linux/types.h> wants <asm/types.h>, which is the host's; it comes last.
BPF_COMPILE = -target bpf -mcpu=v3 -std=gnu17 -g -O2 -Wall -Werror -Iinclude/uapi -Ibpf $(LIBBPF_CFLAGS) \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch) -MMD -MP

SANITIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_RUNS ?= 20000

# A program is a folder below userspace/ that has sources.
PROGRAM_DIRS  := ovpp:ovpp ovppd:ovppd sim:ovpp-sim verify:ovpp-verify
program_names := $(foreach p,$(PROGRAM_DIRS),$(if $(wildcard userspace/$(firstword $(subst :, ,$p))/*.c),$(lastword $(subst :, ,$p))))

EXTENSION  := $(BUILD)/lib/ovpp_ledger.so
PROGRAMS   := $(program_names:%=$(BUILD)/bin/%)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
FUZZERS    := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
POLICIES   := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
TEST_BPF   := $(patsubst tests/bpf/%.bpf.c,$(BUILD)/tests-bpf/%.bpf.o,$(wildcard tests/bpf/*.bpf.c))
BENCHES    := $(patsubst tests/bench/%.c,$(BUILD)/tests-bench/%,$(wildcard tests/bench/*.c))
CRASHERS   := $(BUILD)/crash/crash $(BUILD)/crash/record.so
KSELFTESTS := $(patsubst tests/kselftest/%.c,$(BUILD)/kselftest/%,$(wildcard tests/kselftest/*.c))

HOST_TOOLS := $(patsubst tests/host/%.c,$(BUILD)/tests-host/%,$(wildcard tests/host/*.c))

MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# What the scripts of the targets below are told. CMD as it was typed: its $ are the guest's.
override export CMD := $(value CMD)
export KERNEL KERNELS BUILD CACHE KSRC FUZZ_RUNS TESTS HOST NOMOD CHAIN

comma := ,
quiet = @printf '  %-7s %s\n' $(1) $(2)

## all: the programs (build/bin, build/lib), the policies (build/bpf) and the module (build/kmod/KERNEL/openvpp.ko)
.PHONY: all programs policies module
all: programs policies module
programs: $(PROGRAMS) $(EXTENSION) ; @:
policies: $(POLICIES) ; @:
module: $(BUILD)/kmod/$(KERNEL)/openvpp.ko ; @:

## deps: install and fetch what is missing (never an installed kernel; DEPS=no: nothing)
.PHONY: deps
deps:
	@$(if $(filter no,$(DEPS)),,scripts/deps.sh $(filter-out host,$(sort $(KERNEL) $(KERNELS))) >&2)

# Node and npm, which nothing but the contracts needs.
.PHONY: deps-node
deps-node: | deps
	@$(if $(filter no,$(DEPS)),,scripts/deps.sh --node >&2)

# ---- user space -------------------------------------------------------------
# The same sources are built four times: as they are shipped, for the extension of
# SQLite, with sanitizers for the unit tests, and with those and coverage for the fuzzers.

# variant: $(1) where objects and libraries go, $(2) compiler, $(3) more flags
define variant
.PRECIOUS: $(1)/obj/%.o
$(1)/obj/%.o: %.c | deps
	$$(call quiet,CC,$$@)
	@mkdir -p $$(@D)
	@$(2) $$(COMPILE) $(3) -isystem $$(KSRC)/tools/testing/selftests -c -o $$@ $$<

$(1)/lib/libovpp.a: $(patsubst %.c,$(1)/obj/%.o,$(wildcard userspace/lib/*.c))
$(1)/lib/libovppcore.a: $(patsubst %.c,$(1)/obj/%.o,$(wildcard kmod/core/*.c))
$(1)/lib/libovppsim.a: $(patsubst %.c,$(1)/obj/%.o,$(filter-out %/main.c,$(wildcard userspace/sim/*.c)))
$(1)/lib/%.a: | deps
	$$(call quiet,AR,$$@)
	@mkdir -p $$(@D)
	@rm -f $$@ && ar rcs $$@ $$^

$(1)_libs := $(1)/lib/libovpp.a $(1)/lib/libovppcore.a
endef
$(eval $(call variant,$(BUILD),$$(CC),))
$(eval $(call variant,$(BUILD)/pic,$$(CC),-fPIC -fvisibility=hidden -include userspace/ledger-ext/sqlite.h))
$(eval $(call variant,$(BUILD)/asan,$$(CC),$(SANITIZE)))
$(eval $(call variant,$(BUILD)/fuzzer,$$(CLANG),$(SANITIZE) -fsanitize=fuzzer-no-link))

# link: $(1) compiler, $(2) flags; the linker picks what is used from the libraries
define link
$(call quiet,LD,$@)
@mkdir -p $(@D)
@$(1) $(CFLAGS) $(2) -o $@ $^ -Wl,--as-needed $(LDFLAGS) $(LIBS)
endef

define program
$(BUILD)/bin/$(lastword $(subst :, ,$(1))): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard userspace/$(firstword $(subst :, ,$(1)))/*.c)) $($(BUILD)_libs)
	$$(call link,$$(CC),)
endef
$(foreach p,$(PROGRAM_DIRS),$(eval $(call program,$p)))

# What it does not have itself is SQLite, which the program has that loads it.
$(EXTENSION): $(BUILD)/pic/obj/userspace/ledger-ext/ext.o $($(BUILD)/pic_libs)
	$(call link,$(CC),-shared -Wl$(comma)-z$(comma)defs)

$(BUILD)/tests-host/%: $(BUILD)/obj/tests/host/%.o $($(BUILD)_libs)
	$(call link,$(CC),)
# It counts questions to a node, and ends its process at one.
$(BUILD)/tests-host/anchor_run: LDFLAGS += -Wl,--wrap=ovpp_rpc_ask
$(BUILD)/kselftest/%: $(BUILD)/obj/tests/kselftest/%.o $($(BUILD)_libs)
	$(call link,$(CC),)
$(BUILD)/tests-bench/%: $(BUILD)/obj/tests/bench/%.o $($(BUILD)_libs)
	$(call link,$(CC),)
# The recorder is preloaded, by the work and by what it starts: it stands alone.
$(BUILD)/crash/record.so: tests/crash/record.c tests/crash/trace.h tests/crash/fault.h | deps
	$(call quiet,LD,$@)
	@mkdir -p $(@D)
	@$(CC) -std=gnu17 $(WARNINGS) -D_GNU_SOURCE $(CFLAGS) -fPIC -shared -o $@ $<
$(BUILD)/crash/crash: $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %/record.c,$(wildcard tests/crash/*.c))) $($(BUILD)_libs)
	$(call link,$(CC),)
$(BUILD)/unit/%: $(BUILD)/asan/obj/tests/unit/%.o $($(BUILD)/asan_libs)
	$(call link,$(CC),$(SANITIZE))
$(BUILD)/unit/test_sim_%: $(BUILD)/asan/obj/tests/unit/test_sim_%.o $(BUILD)/asan/lib/libovppsim.a $($(BUILD)/asan_libs)
	$(call link,$(CC),$(SANITIZE))
# It reads the types of this object.
$(BUILD)/unit/test_lib_bpf_map: | $(BUILD)/tests-bpf/accept.bpf.o
$(BUILD)/fuzz/%: $(BUILD)/fuzzer/obj/tests/fuzz/%.o $($(BUILD)/fuzzer_libs)
	$(call link,$(CLANG),$(SANITIZE) -fsanitize=fuzzer)

-include $(shell find $(BUILD) \( -path '*/obj/*' -o -path '*bpf/*' \) -name '*.d' 2>/dev/null)

# ---- BPF programs ------------------------------------------------------------
define bpf_object
$(call quiet,BPF,$@)
@mkdir -p $(@D)
@$(CLANG) $(BPF_COMPILE) -c -o $@ $<
endef

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | deps
	$(bpf_object)
$(BUILD)/tests-bpf/%.bpf.o: tests/bpf/%.bpf.c | deps
	$(bpf_object)

# For who builds a hook elsewhere.
.PHONY: libbpf-cflags
libbpf-cflags: ; @echo '$(LIBBPF_CFLAGS)'

# ---- the module -------------------------------------------------------------
# Kbuild writes beside the sources, so it is given a tree of links to them.
# KERNEL=host is the kernel that runs here.
.PHONY: FORCE
$(BUILD)/kmod/%/openvpp.ko: FORCE | deps
	+@MAKE='$(MAKE)' tests/vm/build-module.sh $*
# What hooks cost where there are none is seen beside a module that cannot have any.
$(BUILD)/kmod/%-no-hooks/openvpp.ko: FORCE | deps
	+@MAKE='$(MAKE)' tests/vm/build-module.sh $* no-hooks

# ---- the contracts -----------------------------------------------------------
## contracts: compile them (build/contracts/out; needs Node, see docs/contracts.md)
.PHONY: contracts
contracts: | deps-node
	@scripts/contracts.sh build

# ---- tests ------------------------------------------------------------------
## check: every test; TESTS='word ...' those whose name has a word; HOST=1: without a VM
.PHONY: check check-programs
check: check-programs | deps-node
	@tests/check.sh
check-programs: programs policies $(TEST_BPF) $(HOST_TOOLS) $(UNIT_TESTS) $(FUZZERS) $(KSELFTESTS) \
		$(CRASHERS) $(patsubst %,$(BUILD)/kmod/%/openvpp.ko,$(if $(HOST),host,$(KERNELS)))

## check-crash: the ledger in every state that a power cut or a failing disk can leave
.PHONY: check-crash
check-crash: programs $(CRASHERS) $(if $(HOST),,$(BUILD)/kmod/$(KERNEL)/openvpp.ko)
	@CRASH=all TESTS=tests/crash/ tests/check.sh

## bench: what things cost, against what others cost; build/bench/*.json, fails when a goal is missed
.PHONY: bench
bench:
	@$(MAKE) programs $(TEST_BPF) $(BENCHES) $(BUILD)/tests-host/make_epoch $(BUILD)/tests-host/chain_calls module $(BUILD)/kmod/$(KERNEL)-no-hooks/openvpp.ko >&2
	@tests/bench/run.sh

## vm: boot KERNEL and run CMD='...' there (a shell without it); NOMOD=1: without the module
.PHONY: vm
vm:
	@$(MAKE) $(if $(NOMOD),deps programs,all) >&2
	@tests/vm/vm.sh $(if $(CMD),"$$CMD")

## demo: a simulated day of a site, in the bench; HOST=1: on this machine; CHAIN=evm: with a chain
.PHONY: demo
demo:
	@$(MAKE) $(if $(CHAIN),deps-node) programs $(if $(HOST),KERNEL=host) module >&2
	@tests/demo/run.sh

## lint: style and static checks of every language here
.PHONY: lint
lint: | deps
	@scripts/lint.sh

## install uninstall dkms: put it on this machine, or take it off (see scripts/install.mk)
-include scripts/install.mk

## clean: remove build/ (what "make deps" fetched stays)
.PHONY: clean help
clean:
	rm -rf $(BUILD)

## help: this text
help:
	@sed -n 's/^## /  make /p' $(MAKEFILE_LIST)
	@echo 'kernels (KERNEL=): $(patsubst tests/vm/kernels/%.conf,%,$(wildcard tests/vm/kernels/*.conf)) host'
	@echo 'the bench has more options: see the head of tests/vm/vm.sh'
