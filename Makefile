# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# User-space tools: `make`. Everything else is a target below; `make help` lists
# them. V=1 shows whole commands.

# The first target is the default; what it is made of follows further down.
all: ## build the user-space tools into build/ (the default)

include tools/Makefile.inc
include tests/unit/Makefile.inc

# Which kernel the guest of `make demo` and `make vm` boots: devmem, stock or debug.
KERNEL ?= $(or $(DEVMEMTOP_KERNEL),devmem)
get-kernel-devmem := vm/build-kernel
get-kernel-stock := vm/stock-kernel
get-kernel-debug := vm/build-kernel --debug
# A path to a kernel needs nothing.
get-kernel := $(or $(get-kernel-$(KERNEL)),true)
deps-devmem := kernel
deps-debug := kernel

PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build

CC ?= cc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

CFLAGS ?= -O2 -g
cflags := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Itools -Ibpf -I$(BUILD) $(CFLAGS)
# clang knows no architecture's headers when it compiles for BPF.
bpf_cflags := -g -O2 -Wall -Wextra -Wno-unused-parameter -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

ifeq ($(V),1)
  Q :=
  msg :=
else
  Q := @
  msg = @printf '  %-8s %s\n' '$(1)' '$(2)';
endif

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all deps kernel vm demo test soak lint clean help install preflight

programs-built := $(programs:%=$(BUILD)/%)
tests-built := $(unit-tests:%=$(BUILD)/tests/%)
objects := $(sort $(foreach p,$(programs),$($(p)-objs)) $(call room-objs,lib))

all: preflight $(programs-built)

# A missing header or tool is named with its package before the compiler stumbles over it.
preflight:
	@missing=$$(dev/install-deps --print-missing user 2>/dev/null); \
	if [ -n "$$missing" ] && ! dev/check-build-tools; then exit 1; fi

deps: ## install the Debian packages that are missing (needs root)
	@dev/install-deps

kernel: ## build the guest's kernel, unless it is in the cache
	@vm/build-kernel

vm: ## a shell inside the guest
	@dev/install-deps user vm $(deps-$(KERNEL))
	@$(MAKE) --no-print-directory all
	@$(get-kernel)
	@DEVMEMTOP_KERNEL=$(KERNEL) vm/shell

demo: ## traffic, rebinding and devmemtop on your terminal, in the guest
	@dev/install-deps user vm $(deps-$(KERNEL))
	@$(MAKE) --no-print-directory all
	@$(get-kernel)
	@DEVMEMTOP_KERNEL=$(KERNEL) vm/demo

test: ## set everything up, then run every test
	@dev/install-deps
	@$(MAKE) --no-print-directory all unit-tests
	@vm/build-kernel
	@tests/run

soak: ## long tests, and those of the races, on a kernel that checks itself (hours)
	@dev/install-deps
	@$(MAKE) --no-print-directory all
	@vm/build-kernel
	@vm/build-kernel --debug
	@tests/run --soak

lint: ## check the sources: kernel style, sparse, W=1, clang-format, layers, shellcheck, prose, licences
	@dev/install-deps
	@dev/lint

clean: ## remove build/ (kernels stay in the cache)
	$(call msg,CLEAN,$(BUILD))
	$(Q)rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  KERNEL=stock: make demo and make vm with Debian'"'"'s kernel, nothing is compiled for long.'
	@echo '  V=1 shows whole commands; PREFIX and DESTDIR are for `make install`.'

install: all ## install the tools below DESTDIR/PREFIX (/usr/local)
	$(call msg,INSTALL,$(DESTDIR)$(PREFIX)/bin)
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin
	$(Q)install -m 755 $(programs-built) $(DESTDIR)$(PREFIX)/bin
	$(Q)install -D -m 644 tools/devmemtop.8 $(DESTDIR)$(PREFIX)/share/man/man8/devmemtop.8
	$(Q)install -D -m 644 tools/devmemtop.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/devmemtop

# --- BPF: objects and skeletons ---

# The programs that devmemtop always uses are one object: libbpf reads the whole BTF for each object.
linked := devmem_trace devmem_walk devmem_sockets
skeletons := $(patsubst %,$(BUILD)/%.skel.h,devmemtop \
	$(filter-out $(linked),$(patsubst bpf/%.bpf.c,%,$(wildcard bpf/*.bpf.c))))

$(BUILD)/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/contract/*.h bpf/lib/*.h) Makefile | $(BUILD)
	$(call msg,BPF,$@)
	$(Q)$(CLANG) $(bpf_cflags) -Ibpf -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(BUILD)/devmemtop.bpf.o: $(linked:%=$(BUILD)/%.bpf.o)
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(skeletons): $(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< > $@

# --- user space ---

$(BUILD) $(BUILD)/tests $(BUILD)/obj $(rooms:%=$(BUILD)/obj/%):
	$(Q)mkdir -p $@

# The skeletons must be there before a first compilation can tell who includes them.
$(BUILD)/obj/%.o: tools/%.c Makefile tools/Makefile.inc | $(BUILD)/obj $(rooms:%=$(BUILD)/obj/%) $(skeletons)
	$(call msg,CC,$@)
	$(Q)$(CC) $(cflags) -MMD -MP -c $< -o $@

$(BUILD)/tests/%.o: tests/unit/%.c Makefile tests/unit/Makefile.inc | $(BUILD)/tests $(skeletons)
	$(call msg,CC,$@)
	$(Q)$(CC) $(cflags) -MMD -MP -c $< -o $@

libs = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --libs $(1)))

# An archive is made anew: one that is only added to keeps what is no longer there. And "q", as "r"
# takes two files of one name, out of two rooms, for the same.
$(BUILD)/lib.a: $(addprefix $(BUILD)/obj/,$(call room-objs,lib))
$(BUILD)/tested.a: $(addprefix $(BUILD)/obj/,$(tested-objs))
$(BUILD)/%.a:
	$(call msg,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) qcs $@ $^

define program_rule
$(BUILD)/$(1): $(addprefix $(BUILD)/obj/,$($(1)-objs)) $(BUILD)/lib.a
	$$(call msg,LINK,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(call libs,$$($(1)-pkgs)) $$($(1)-libs)
endef
$(foreach p,$(programs),$(eval $(call program_rule,$(p))))

$(tests-built): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tested.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(call libs,$(unit-pkgs)) -lm

.PHONY: unit-tests
unit-tests: preflight $(tests-built)

-include $(objects:%.o=$(BUILD)/obj/%.d) $(unit-tests:%=$(BUILD)/tests/%.d)
