<#
.SYNOPSIS
Installs ccproxy for this user, without administrator rights.

.DESCRIPTION
Finds the archive for this system, verifies its checksum and puts one file into a folder, which is added to the user's
Path. CCPROXY_DOWNLOAD_BASE names another place than the project's release page, such as a mirror: the files are
expected at BASE/latest/download/FILE and BASE/download/vVERSION/FILE.

.EXAMPLE
.\install.ps1 -Version 0.1.0 -Dir C:\Tools

.EXAMPLE
.\install.ps1 -Uninstall
#>
[CmdletBinding()]
param(
  [string]$Version = "",
  [string]$Dir = "",
  [switch]$Uninstall,
  [switch]$NoPath
)

Set-StrictMode -Version 2
$ErrorActionPreference = "Stop"
# The progress bar of Windows PowerShell makes downloads many times slower.
$ProgressPreference = "SilentlyContinue"

# owner/name on GitHub; the release workflow writes it into the copy that a release carries.
$Repository = ""

function Get-Target {
  # A 32-bit PowerShell on a 64-bit system names the real processor only in the second variable.
  $machine = $env:PROCESSOR_ARCHITEW6432
  if (-not $machine) { $machine = $env:PROCESSOR_ARCHITECTURE }
  switch ($machine) {
    "AMD64" { return "x86_64-pc-windows-msvc" }
    "ARM64" { return "aarch64-pc-windows-msvc" }
    default { throw "There is no build for the processor `"$machine`": AMD64 or ARM64 is needed" }
  }
}

function Get-ReleaseUrl([string]$Version) {
  $base = $env:CCPROXY_DOWNLOAD_BASE
  if (-not $base) {
    if (-not $Repository) {
      throw "This copy does not know its release page: take install.ps1 from a release, or set CCPROXY_DOWNLOAD_BASE"
    }
    $base = "https://github.com/$Repository/releases"
  }
  if ($base -notmatch '^(https://|http://(127\.0\.0\.1|localhost)[:/])') {
    throw "`"$base`" is refused: only https is allowed for downloads"
  }
  $base = $base.TrimEnd("/")
  if ($Version) { return "$base/download/v$($Version -replace '^v', '')" }
  return "$base/latest/download"
}

function Save-File([string]$Url, [string]$Path) {
  try {
    Invoke-WebRequest -UseBasicParsing -Uri $Url -OutFile $Path
  } catch {
    throw "`"$Url`" could not be downloaded: $($_.Exception.Message)"
  }
}

# Reads and writes the Path of the user, never that of the machine.
function Edit-UserPath([string]$Folder, [bool]$Present) {
  $current = [Environment]::GetEnvironmentVariable("Path", "User")
  $entries = @("$current".Split(";") | Where-Object { $_ -and $_ -ne $Folder })
  if ($Present) { $entries += $Folder }
  $changed = $entries -join ";"
  if ($changed -ne $current) { [Environment]::SetEnvironmentVariable("Path", $changed, "User") }
}

function Uninstall-Program([string]$Folder, [bool]$EditPath) {
  $program = Join-Path $Folder "ccproxy.exe"
  if (-not (Test-Path $program)) { throw "There is no ccproxy.exe in `"$Folder`": name its folder with -Dir" }
  Remove-Item $program -Force
  if ($EditPath) { Edit-UserPath $Folder $false }
  Write-Output "Removed $program"
  Write-Output "Settings, stored sessions and the login (.codex\auth.json) were left alone"
}

function Install-Program([string]$Folder, [string]$Version, [bool]$EditPath) {
  $archive = "ccproxy-$(Get-Target).zip"
  $files = Get-ReleaseUrl $Version
  $work = Join-Path ([IO.Path]::GetTempPath()) ("ccproxy-" + [Guid]::NewGuid())
  New-Item -ItemType Directory -Path $work | Out-Null
  try {
    $sums = Join-Path $work "SHA256SUMS"
    Save-File "$files/SHA256SUMS" $sums
    $wanted = ""
    foreach ($line in Get-Content $sums) {
      $parts = @($line -split "\s+")
      if ($parts.Count -ge 2 -and $parts[1] -eq $archive) { $wanted = $parts[0] }
    }
    if (-not $wanted) { throw "SHA256SUMS of this release does not name `"$archive`"" }
    $zip = Join-Path $work $archive
    Save-File "$files/$archive" $zip
    $found = (Get-FileHash -Algorithm SHA256 -Path $zip).Hash
    # -ne ignores case: Get-FileHash answers in capitals.
    if ($found -ne $wanted) {
      throw "The checksum of `"$archive`" is wrong: found $found, needed $wanted. Nothing was installed"
    }
    Expand-Archive -Path $zip -DestinationPath $work
    New-Item -ItemType Directory -Force -Path $Folder | Out-Null
    $program = Join-Path $Folder "ccproxy.exe"
    try {
      Copy-Item (Join-Path $work "ccproxy.exe") $program -Force
    } catch {
      throw "`"$program`" cannot be replaced, stop a running ccproxy first: $($_.Exception.Message)"
    }
  } finally {
    Remove-Item $work -Recurse -Force
  }
  & $program --version
  if ($LASTEXITCODE -ne 0) { throw "`"$program`" was installed but does not start" }
  Write-Output "Installed $program"
  if ($EditPath) {
    Edit-UserPath $Folder $true
    Write-Output "Next, in a new terminal: ccproxy auth login-openai, then ccproxy serve"
  }
}

if ($Version -match '[^0-9A-Za-z.+-]') { throw "`"$Version`" is no version: one like 0.1.0 is needed" }
if (-not $Dir) { $Dir = Join-Path $env:LOCALAPPDATA "Programs\ccproxy" }
if ($Uninstall) {
  Uninstall-Program $Dir (-not $NoPath)
} else {
  Install-Program $Dir $Version (-not $NoPath)
}
