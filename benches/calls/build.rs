//! Declares the gRPC service without a protocol compiler: one unary call.

fn main() {
    let call = tonic_build::manual::Method::builder()
        .name("progress")
        .route_name("Progress")
        .input_type("crate::grpc::Update")
        .output_type("crate::grpc::Verdict")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let service = tonic_build::manual::Service::builder()
        .name("Callback")
        .package("bench")
        .method(call)
        .build();
    tonic_build::manual::Builder::new().compile(&[service]);
}
