# gdbstub in a container: docker build -t gdbstub . && docker run --rm -p 127.0.0.1:1234:1234 gdbstub
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# What restoring needs comes first, so that a change of a source file alone does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/GdbStub/GdbStub.csproj src/GdbStub/packages.lock.json src/GdbStub/
COPY src/TraceKernel/TraceKernel.csproj src/TraceKernel/packages.lock.json src/TraceKernel/
COPY src/Arch.Amd64/Arch.Amd64.csproj src/Arch.Amd64/packages.lock.json src/Arch.Amd64/
COPY src/Arch.Arm64/Arch.Arm64.csproj src/Arch.Arm64/packages.lock.json src/Arch.Arm64/
RUN dotnet restore src/GdbStub --locked-mode

COPY src src
# Compiled ahead for this machine's kind of processor. That adds a compiler to the restored packages, and no other versions.
RUN dotnet publish src/GdbStub -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true -o /out

FROM mcr.microsoft.com/dotnet/runtime:10.0
COPY --from=build /out /opt/gdbstub
# Nothing is written to files, so the container can be read-only: no diagnostic sockets, no files mapped for generated code.
ENV DOTNET_EnableDiagnostics=0 DOTNET_EnableWriteXorExecute=0 GDBSTUB_LISTEN=0.0.0.0:1234
EXPOSE 1234
# The number of the user "app" of the base image: a number lets an orchestrator see that it is not root.
USER 1654
# Who can reach the port is decided by what -p publishes: 127.0.0.1:1234:1234 is for this machine only.
ENTRYPOINT ["dotnet", "/opt/gdbstub/gdbstub.dll"]
