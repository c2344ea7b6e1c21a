#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "imagegen/domain/prompt_template.h"
#include "imagegen/domain/unicode.h"

/// What is found in a text are names that may be names, and giving each the value `{{name}}`
/// changes nothing but the blanks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  using namespace godwit::imagegen;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);

  const std::vector<std::string> names = parameters_of(text);
  std::vector<Parameter> parameters;
  Variant same;
  Variant marked;
  for (const std::string& name : names) {
    GODWIT_ASSERT(check_parameter_name(name));
    Parameter parameter;
    parameter.name = name;
    parameter.values = {"first", "second"};
    parameters.push_back(parameter);
    same.emplace_back(name, "{{" + name + "}}");
    marked.emplace_back(name, "<>");
  }
  const std::string written = resolve(text, same);
  GODWIT_ASSERT(written.size() <= text.size());
  GODWIT_ASSERT(parameters_of(written) == names);
  GODWIT_ASSERT(resolve(written, marked) == resolve(text, marked));
  GODWIT_ASSERT(resolve(text, {}) == text);

  const std::uint64_t count = count_variants(text, parameters);
  GODWIT_ASSERT(count >= 1 && count <= variants_count_max);
  if (count < variants_count_max) {
    const Variant last = variant_at(text, parameters, count - 1);
    GODWIT_ASSERT(last.size() == names.size());
    for (const auto& [name, value] : last) GODWIT_ASSERT(value == "second");
  }
  if (!check_parameter_name(text)) return 0;
  GODWIT_ASSERT(parameters_of("{{" + std::string(text) + "}}") ==
                std::vector<std::string>{std::string(text)});
  return 0;
}
