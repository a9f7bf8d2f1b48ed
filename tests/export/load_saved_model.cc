// Runs a SavedModel through the loader that TensorFlow Serving uses.
//
//   load_saved_model SAVED_MODEL REQUEST...
//
// Each REQUEST is a file with a serialised SignatureDef: `method_name` names the
// signature, `defaults` holds the inputs. REQUEST.out gets the audio, a serialised
// TensorProto; REQUEST.error gets the message if the request fails.

#include <fstream>
#include <iostream>

#include "tensorflow/cc/saved_model/loader.h"

int main(int argc, char** argv) {
  tensorflow::SavedModelBundle bundle;
  auto status = tensorflow::LoadSavedModel({}, {}, argv[1], {"serve"}, &bundle);
  if (!status.ok()) {
    std::cerr << status << std::endl;
    return 1;
  }
  for (int i = 2; i < argc; ++i) {
    std::string path = argv[i];
    tensorflow::SignatureDef request;
    std::ifstream file(path, std::ios::binary);
    if (!request.ParseFromIstream(&file)) return 2;
    const auto& signature = bundle.GetSignatures().at(request.method_name());
    std::vector<std::pair<std::string, tensorflow::Tensor>> inputs;
    for (const auto& [name, proto] : request.defaults()) {
      tensorflow::Tensor tensor;
      if (!tensor.FromProto(proto)) return 3;
      inputs.emplace_back(signature.inputs().at(name).name(), tensor);
    }
    std::vector<tensorflow::Tensor> outputs;
    status = bundle.GetSession()->Run(
        inputs, {signature.outputs().at("audio").name()}, {}, &outputs);
    if (status.ok()) {
      tensorflow::TensorProto audio;
      outputs[0].AsProtoTensorContent(&audio);
      std::ofstream out(path + ".out", std::ios::binary);
      if (!audio.SerializeToOstream(&out)) return 4;
    } else {
      std::ofstream(path + ".error") << status;
    }
  }
}
