# umbra.  `make help` says what there is.
BUILD ?= build
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
RELEASE = -DCMAKE_BUILD_TYPE=Release -DUMBRA_STATIC=ON
CMAKE_BUILD = cmake --build $(1) --parallel $(JOBS)

.PHONY: all deps demo test lint tidy test-asan test-tsan test-release test-package test-examples test-buildpack package \
  buildpack fuzz bench install clean help

all: ## Build a release into build/ (build/umbra)
	@cmake -S . -B $(BUILD) -DCMAKE_BUILD_TYPE=Release >/dev/null || \
	  { echo "Are the packages there?  'make deps' installs what the build needs." >&2; exit 1; }
	$(call CMAKE_BUILD,$(BUILD))

deps: ## Install the packages that the build needs (Debian, Ubuntu)
	scripts/install-packages build

demo: ## Build, then run a shop behind umbra with its next release as shadow (HOLD=1 keeps it running)
	scripts/install-packages build demo
	$(MAKE) all
	examples/shop/demo --umbra $(BUILD)/umbra $(if $(HOLD),--hold)

test: ## Install what it needs and run everything: lint, sanitizers, fuzzers, release
	scripts/install-packages build test demo
	$(MAKE) lint
	$(MAKE) test-asan
	$(MAKE) test-tsan
	$(MAKE) fuzz
	$(MAKE) test-release
	$(MAKE) test-package
	$(MAKE) test-examples
	$(MAKE) test-buildpack
	@echo "make test: all passed"

lint: ## Check who includes whom, and the sizes of files
	tests/lint/check_layers

tidy: ## clang-tidy over the sources (slow; needs clang-tidy)
	cmake --preset dev >/dev/null
	clang-tidy -p build-dev --quiet $(wildcard src/*/*.cpp)

test-asan: ## Unit and integration suites under AddressSanitizer and UndefinedBehaviorSanitizer
	cmake --preset asan >/dev/null
	$(call CMAKE_BUILD,build-asan)
	ctest --test-dir build-asan --output-on-failure -j2 --repeat until-pass:2

test-tsan: ## The suites with several threads under ThreadSanitizer
	cmake --preset tsan >/dev/null
	$(call CMAKE_BUILD,build-tsan) --target integration_workers integration_reload unit_net
	ctest --test-dir build-tsan --output-on-failure -R '^(integration_workers|integration_reload|unit_net)'

test-release: ## The soak and the demo against a release build, the one that is packed
	cmake -S . -B build-release $(RELEASE) -DUMBRA_BUILD_TESTS=ON -DUMBRA_BUILD_BENCH=ON >/dev/null
	$(call CMAKE_BUILD,build-release) --target packed integration_soak integration_wrapper bench_origin bench_load bench_floor
	ctest --test-dir build-release --output-on-failure -R '^integration_soak'
	build-release/integration_wrapper --gtest_filter='Memory.*:Listening.Begins*:*Crash.Under*'
	examples/shop/demo --umbra build-release/umbra

test-package: package ## The package: what is in it, a start on a bare system, the ways of a buildpack to it (DEBOOTSTRAP=1: more)
	tests/package/run --build build-release $(if $(DEBOOTSTRAP),--debootstrap)

test-examples: ## The examples: their files by the rules of their platforms, each arrangement from start to stop
	scripts/install-packages test demo
	cmake -S . -B build-release $(RELEASE) >/dev/null
	$(call CMAKE_BUILD,build-release) --target packed
	tests/examples/run --umbra build-release/umbra

test-buildpack: ## Both buildpacks with real applications (Sinatra, Flask, Express, files), as the platforms drive them
	scripts/install-packages build buildpack
	cmake -S . -B build-release $(RELEASE) >/dev/null
	$(call CMAKE_BUILD,build-release) --target packed
	tests/buildpack/run --build build-release

fuzz: ## Each fuzzer for FUZZ_SECONDS (30)
	tests/fuzz/run --build build-fuzz --seconds $(FUZZ_SECONDS)

bench: ## umbra beside nginx and the least a relay can do; about 20 minutes on a quiet machine
	scripts/install-packages build bench
	cmake -S . -B $(BUILD) -DCMAKE_BUILD_TYPE=Release -DUMBRA_BUILD_BENCH=ON >/dev/null
	$(call CMAKE_BUILD,$(BUILD))
	tests/bench/compare --build $(BUILD) $(BENCH)

package: ## Pack umbra for this system: dist/umbra-VERSION-STACK-ARCH.tar.gz (STACK=heroku-24 names it)
	scripts/install-packages package
	cmake -S . -B build-release $(RELEASE) >/dev/null
	$(call CMAKE_BUILD,build-release) --target packed
	STACK=$(STACK) scripts/package --build build-release

buildpack: ## Pack the buildpack, with the packages in dist/ and the source: dist/umbra-buildpack-VERSION.tgz
	scripts/package-buildpack

install: all ## Install into PREFIX (/usr/local)
	cmake --install $(BUILD) --prefix $(DESTDIR)$(PREFIX)

clean:
	rm -rf $(BUILD) build-dev build-asan build-tsan build-fuzz build-release dist

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
