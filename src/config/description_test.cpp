#include "config/description.h"

#include <doctest/doctest.h>

#include "config/settings.h"
#include "config/toml_file.h"

namespace godwit {

TEST_CASE("every setting is described") {
  const std::string description = describe_settings();
  const std::string page = settings_page();
  for (const Setting& setting : settings_table()) {
    CAPTURE(setting.name);
    CHECK(description.find(flag_of(setting) + "\n") != std::string::npos);
    CHECK(page.find(setting.help) != std::string::npos);
  }
}

TEST_CASE("docs/configuration.md tells the settings as they are") {
  const Result<std::string> page =
      read_file(GODWIT_SOURCE_DIR "/docs/configuration.md", 1u << 20, false);
  REQUIRE(page);
  // Otherwise: godwit help settings --markdown > docs/configuration.md
  CHECK(*page == settings_page());
}

}  // namespace godwit
