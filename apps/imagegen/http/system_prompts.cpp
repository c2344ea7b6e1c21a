#include "imagegen/http/system_prompts.h"

namespace godwit::imagegen {

const SystemPrompts& default_system_prompts() {
  static const SystemPrompts prompts{
      .parameters =
          "You propose values for a parameter of image prompts. Each value is a short phrase that "
          "reads well inside a longer sentence, names something that can be seen, and differs "
          "clearly from the others and from those that exist already. No numbering, no quotation "
          "marks, no explanations.",
      .prompts =
          "You write prompts for an image model. Describe subject, setting, light, composition and "
          "style in two or three concrete sentences, without camera jargon that does not change "
          "the picture. Where the person names parameters, write them into the text as "
          "{{name}}, each at the place where its values fit. Give the prompt a short name.",
      .generations =
          "You plan batches of images. Keep subject and style the same over the whole batch, vary "
          "only what the parameters name, and leave text, watermarks and borders out of the "
          "pictures."};
  return prompts;
}

SystemPrompts system_prompts(const AppSettings& settings) {
  SystemPrompts prompts = default_system_prompts();
  if (!settings.parameters_prompt.empty()) prompts.parameters = settings.parameters_prompt;
  if (!settings.prompts_prompt.empty()) prompts.prompts = settings.prompts_prompt;
  if (!settings.generations_prompt.empty()) prompts.generations = settings.generations_prompt;
  return prompts;
}

}  // namespace godwit::imagegen
