#include "net/address_guard.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace godwit {
namespace {

AddressPolicy policy(const std::vector<std::string>& allow) {
  Result<AddressPolicy> parsed = AddressPolicy::parse(allow);
  REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  return *parsed;
}

bool refused(const AddressPolicy& policy, const std::string& address,
             const std::string& host = "example.com") {
  return policy.refuse(host, boost::asio::ip::make_address(address)).has_value();
}

}  // namespace

TEST_CASE("every special range is refused to its last address, and its neighbours are not") {
  struct Row {
    const char* before;  // Public; empty: another special range.
    const char* first;
    const char* last;
    const char* after;
    const char* reason;
  };
  const std::vector<Row> rows{
      {"", "0.0.0.0", "0.0.0.0", "", "the unspecified address"},
      {"", "0.0.0.1", "0.255.255.255", "1.0.0.0", "an address of this network"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "a private address"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", "a shared address"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "a loopback address"},
      {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17", "a metadata address"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", "a link-local address"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "a private address"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", "a reserved address"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "a documentation address"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "a 6to4 relay address"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "a private address"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", "a benchmarking address"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0",
       "a documentation address"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", "a documentation address"},
      {"223.255.255.255", "224.0.0.0", "239.255.255.255", "", "a multicast address"},
      {"", "240.0.0.0", "255.255.255.254", "", "a reserved address"},
      {"", "255.255.255.255", "255.255.255.255", "", "the broadcast address"},
      {"", "::", "::", "", "the unspecified address"},
      {"", "::1", "::1", "", "a loopback address"},
      {"", "::2", "::ffff:ffff", "", "an IPv4-compatible address"},
      {"", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "", "a local NAT64 address"},
      {"", "100::", "100::ffff:ffff:ffff:ffff", "", "a discard-only address"},
      {"", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "", "a Teredo address"},
      {"", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "", "a benchmarking address"},
      {"", "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
       "2001:200::", "a reserved address"},
      {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
       "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "a documentation address"},
      {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", "a 6to4 address"},
      {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::",
       "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::", "a documentation address"},
      {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "a reserved address"},
      {"", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "a private address"},
      {"", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "a link-local address"},
      {"", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "a site-local address"},
      {"", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "a multicast address"},
      {"", "1fff::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::", "a reserved address"},
  };
  const AddressPolicy strict = policy({});
  for (const Row& row : rows) {
    CAPTURE(row.first);
    for (const char* inside : {row.first, row.last}) {
      const auto address = boost::asio::ip::make_address(inside);
      const auto reason = strict.refuse("example.com", address);
      REQUIRE(reason.has_value());
      CHECK(*reason == address.to_string() + " is " + row.reason);
    }
    for (const std::string outside : {row.before, row.after}) {
      CAPTURE(outside);
      if (!outside.empty()) CHECK_FALSE(refused(strict, outside));
    }
  }
}

TEST_CASE("an IPv4 address is judged alike in every form that leads to it") {
  const AddressPolicy strict = policy({});
  for (const std::string prefix : {"::ffff:", "::ffff:0:", "64:ff9b::"}) {
    CAPTURE(prefix);
    for (const char* special : {"0.0.0.0", "10.1.2.3", "127.0.0.1", "169.254.169.254", "172.16.0.1",
                                "192.168.1.1", "224.0.0.1", "255.255.255.255"}) {
      CHECK(refused(strict, prefix + special));
    }
    CHECK_FALSE(refused(strict, prefix + "93.184.216.34"));
  }
  // The forms that no one needs are refused whatever they carry.
  CHECK(refused(strict, "::93.184.216.34"));
  CHECK(refused(strict, "2002:5db8:d822::1"));
  CHECK(refused(strict, "2001:0:4136:e378:8000:63bf:3fff:fdd2"));
}

TEST_CASE("public addresses pass") {
  const AddressPolicy strict = policy({});
  for (const char* address : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111",
                              "2a00:1450:4001:81b::200e", "2001:4860:4860::8888"}) {
    CHECK_FALSE(refused(strict, address));
  }
}

TEST_CASE("configuration allows networks, addresses, names and everything") {
  const AddressPolicy some =
      policy({"10.0.0.0/8", "127.0.0.1", "::1/128", " fd00::/8 ", "Hooks.Internal", "*.svc.local"});
  CHECK_FALSE(refused(some, "10.255.255.255"));
  CHECK_FALSE(refused(some, "::ffff:10.0.0.1"));
  CHECK(refused(some, "11.0.0.1") == false);
  CHECK(refused(some, "192.168.0.1"));
  CHECK_FALSE(refused(some, "127.0.0.1"));
  CHECK(refused(some, "127.0.0.2"));
  CHECK_FALSE(refused(some, "::1"));
  CHECK_FALSE(refused(some, "fdff::1"));
  CHECK(refused(some, "fc00::1"));

  CHECK_FALSE(refused(some, "192.168.0.1", "hooks.internal"));
  CHECK_FALSE(refused(some, "192.168.0.1", "HOOKS.internal."));
  CHECK(refused(some, "192.168.0.1", "other.internal"));
  CHECK(refused(some, "192.168.0.1", "xhooks.internal"));
  CHECK(refused(some, "192.168.0.1", "a.hooks.internal"));
  CHECK_FALSE(refused(some, "192.168.0.1", "a.svc.local"));
  CHECK_FALSE(refused(some, "192.168.0.1", "a.b.svc.local"));
  CHECK(refused(some, "192.168.0.1", "svc.local"));
  CHECK(refused(some, "192.168.0.1", "xsvc.local"));

  const AddressPolicy all = policy({"*"});
  CHECK_FALSE(refused(all, "127.0.0.1"));
  CHECK_FALSE(refused(all, "ff02::1"));
}

TEST_CASE("prefix lengths count bits, not bytes") {
  const AddressPolicy odd = policy({"172.16.0.0/13", "fd80::/9", "::ffff:192.168.128.0/113"});
  CHECK_FALSE(refused(odd, "172.23.255.255"));
  CHECK(refused(odd, "172.24.0.0"));
  CHECK_FALSE(refused(odd, "fdff::"));
  CHECK(refused(odd, "fd7f::"));
  CHECK_FALSE(refused(odd, "192.168.255.1"));
  CHECK(refused(odd, "192.168.127.1"));
  CHECK_FALSE(refused(policy({"0.0.0.0/0"}), "10.0.0.1"));
  CHECK(refused(policy({"0.0.0.0/0"}), "::1"));
  CHECK_FALSE(refused(policy({"::/0"}), "::1"));
}

TEST_CASE("an entry that means nothing is refused and named") {
  for (const char* entry :
       {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "::1/129", "10.0.0.256",
        "fe80::1%1", "host/8", "a b", "*.", "**", "*.*.local", ".local", "http://x", "a..1"}) {
    CAPTURE(entry);
    const Result<AddressPolicy> parsed = AddressPolicy::parse({"10.0.0.0/8", entry});
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::invalid_argument);
    CHECK(parsed.error().message.starts_with("`" + std::string(entry) + "` "));
  }
}

}  // namespace godwit
