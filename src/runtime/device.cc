#include "runtime/device.h"

namespace nagare {

Result<std::unique_ptr<Device>> Device::open_cpu(int threads) {
  ASSIGN_OR_RETURN(DeviceTraits traits, detect_cpu(threads));
  return std::make_unique<Device>(std::move(traits));
}

}  // namespace nagare
