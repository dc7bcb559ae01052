"""The phone: AndroidEnv over a simulated phone, or over a real emulator.

The simulated phone is what `environments.make('android/...', seed=0)` starts.
Another kind is an option, said by the type of its configuration:

    from android_env.components import config_classes

    emulator = config_classes.EmulatorConfig(
      emulator_launcher=config_classes.EmulatorLauncherConfig(
        avd_name='my_avd', android_sdk_root='~/Android/Sdk'
      ),
      adb_controller=config_classes.AdbControllerConfig(
        adb_path='~/Android/Sdk/platform-tools/adb'
      ),
    )
    env = environments.make(
      'android/open_common_apps', seed=0, simulator=emulator
    )

The apps must be installed under the packages that `apps.catalogue` names; a
step is known as a success by the same log line as on the simulated phone. With
`emulator_console_port`, `adb_port` and `grpc_port` given, a running emulator is
connected to instead of a new one started. Seed and split then draw goals only:
how a real phone looks is not ours to draw.
"""
